// The AI SDK (`ai`) with @ai-sdk/openai-compatible and @ai-sdk/openai: `node ai_sdk.mjs BASE_URL KEY STEP`.

import assert from "node:assert/strict";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateObject, generateText, Output, stepCountIs, streamObject, streamText, tool } from "ai";
import { z } from "zod";

const [baseURL, apiKey, step] = process.argv.slice(2);
const compatible = createOpenAICompatible({ name: "tlpo-guard", baseURL, apiKey, includeUsage: true, supportsStructuredOutputs: true });
const openai = createOpenAI({ baseURL, apiKey });
const models = [compatible("smollm2"), openai.chat("smollm2"), openai.responses("smollm2")];
const question = [{ role: "user", content: "What is the capital of France?" }];
// store: false, or the SDK names its own earlier items by ids that only OpenAI's own servers know.
const limits = { temperature: 0, maxOutputTokens: 120, maxRetries: 0, providerOptions: { openai: { store: false } } };
const City = z.object({ city: z.string().max(12), population: z.number().int().min(0).max(99) });
const getWeather = tool({
  description: "The weather in a city.",
  inputSchema: z.object({ city: z.string().max(12) }),
  execute: async () => "sunny",
});
const fail = { onError({ error }) { throw error; } };

const steps = {
  async chat(model) {
    const told = await generateText({ model, messages: question, ...limits });
    assert.match(told.text, /Paris/);
    assert.ok(told.usage.totalTokens > 8);
  },
  async stream(model) {
    const told = streamText({ model, messages: question, ...limits, ...fail });
    const pieces = [];
    for await (const piece of told.textStream) pieces.push(piece);
    assert.ok(pieces.length > 2);
    assert.match(pieces.join(""), /Paris/);
    assert.ok((await told.usage).outputTokens > 2);
    assert.equal(await told.finishReason, "stop");
  },
  async tools(model) {
    const options = {
      model, messages: question, ...limits, tools: { getWeather }, stopWhen: stepCountIs(2),
      prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? "required" : "none" }),
    };
    const told = await generateText(options);
    assert.equal(told.steps[0].toolResults[0].output, "sunny");
    assert.ok(told.text);
    const streamed = streamText({ ...options, ...fail });
    await streamed.consumeStream();
    assert.equal((await streamed.steps)[0].toolCalls[0].toolName, "getWeather");
    assert.ok(await streamed.text);
    const named = await generateText({ ...options, toolChoice: { type: "tool", toolName: "getWeather" }, prepareStep: undefined, stopWhen: stepCountIs(1) });
    assert.equal(named.toolCalls[0].toolName, "getWeather");
  },
  async structured(model) {
    const told = await generateObject({ model, messages: question, schema: City, ...limits });
    assert.equal(typeof told.object.city, "string");
    const streamed = streamObject({ model, messages: question, schema: City, ...limits, ...fail });
    for await (const _ of streamed.partialObjectStream);
    assert.equal(typeof (await streamed.object).population, "number");
    const output = await generateText({ model, messages: question, output: Output.object({ schema: City }), ...limits });
    assert.equal(typeof output.output.city, "string");
  },
  async conversation(model) {
    const first = await generateText({ model, messages: question, ...limits });
    const talk = [...question, ...first.response.messages, { role: "user", content: "And of Italy?" }];
    assert.match((await generateText({ model, messages: talk, ...limits })).text, /Rome/);
  },
};

for (const model of models) {
  try {
    await steps[step](model);
  } catch (error) {
    error.message = `${model.provider}: ${error.message} ${error.responseBody ?? ""}`;
    throw error;
  }
}
