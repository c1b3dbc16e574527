// The official client for Node: `node openai_node.mjs BASE_URL KEY STEP`.

import assert from "node:assert/strict";
import OpenAI from "openai";
import { zodFunction, zodResponseFormat, zodTextFormat, zodResponsesFunction } from "openai/helpers/zod";
import { z } from "zod";

const [baseURL, apiKey, step] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const model = "smollm2";
const question = [{ role: "user", content: "What is the capital of France?" }];
const limits = { model, temperature: 0, max_completion_tokens: 120 };
const responseLimits = { model, temperature: 0, max_output_tokens: 120 };
const City = z.object({ city: z.string().max(12), population: z.number().int().min(0).max(99) });
const Weather = z.object({ city: z.string().max(12) });

const steps = {
  async chat() {
    const told = await client.chat.completions.create({ ...limits, messages: question });
    assert.match(told.choices[0].message.content, /Paris/);
    const response = await client.responses.create({ ...responseLimits, input: question });
    assert.match(response.output_text, /Paris/);
  },
  async stream() {
    const stream = client.chat.completions.stream({
      ...limits, messages: question, stream_options: { include_usage: true },
    });
    let pieces = 0;
    stream.on("content", () => (pieces += 1));
    const told = await stream.finalChatCompletion();
    assert.match(told.choices[0].message.content, /Paris/);
    assert.ok(pieces > 2 && told.usage.total_tokens > 8);
    const events = client.responses.stream({ ...responseLimits, input: question });
    let text = "";
    for await (const event of events) if (event.type === "response.output_text.delta") text += event.delta;
    assert.equal((await events.finalResponse()).output_text, text);
  },
  async tools() {
    const tool = zodFunction({ name: "get_weather", parameters: Weather, function: () => "sunny" });
    const options = { ...limits, tools: [tool], tool_choice: { type: "function", function: { name: "get_weather" } } };
    const runner = client.chat.completions.runTools({ ...options, messages: question });
    assert.equal(typeof await runner.finalFunctionToolCallResult(), "string");
    const streamed = await client.chat.completions.stream({ ...options, messages: question }).finalMessage();
    assert.equal(typeof streamed.tool_calls[0].function.parsed_arguments.city, "string");
    const talk = [...question, streamed, { role: "tool", tool_call_id: streamed.tool_calls[0].id, content: "sunny" }];
    const after = await client.chat.completions.create({ ...options, tool_choice: "none", messages: talk });
    assert.ok(after.choices[0].message.content);

    const own = zodResponsesFunction({ name: "get_weather", parameters: Weather });
    const made = { ...responseLimits, tools: [own], tool_choice: "required" };
    const response = await client.responses.parse({ ...made, input: question });
    const [call] = response.output;
    assert.equal(typeof call.parsed_arguments.city, "string");
    const input = [...question, ...response.output, { type: "function_call_output", call_id: call.call_id, output: "sunny" }];
    const then = await client.responses.create({ ...made, tool_choice: "none", input });
    assert.ok(then.output_text);
    const events = client.responses.stream({ ...made, input: question });
    let text = "";
    for await (const event of events) if (event.type === "response.function_call_arguments.delta") text += event.delta;
    assert.equal((await events.finalResponse()).output[0].arguments, text);
  },
  async structured() {
    const told = await client.chat.completions.parse({
      ...limits, messages: question, response_format: zodResponseFormat(City, "city"),
    });
    assert.equal(typeof told.choices[0].message.parsed.city, "string");
    const response = await client.responses.parse({
      ...responseLimits, input: question, text: { format: zodTextFormat(City, "city") },
    });
    assert.equal(typeof response.output_parsed.population, "number");
  },
  async conversation() {
    const first = await client.chat.completions.create({ ...limits, messages: question });
    const next = { role: "user", content: "And of Italy?" };
    const talk = [...question, first.choices[0].message, next];
    const second = await client.chat.completions.create({ ...limits, messages: talk });
    assert.match(second.choices[0].message.content, /Rome/);
    const response = await client.responses.create({ ...responseLimits, input: question });
    const then = await client.responses.create({ ...responseLimits, input: [...question, ...response.output, next] });
    assert.match(then.output_text, /Rome/);
  },
};

await steps[step]();
