"""openai-agents: `python with_openai_agents.py BASE_URL KEY STEP`."""

import asyncio
import sys

from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from openai import AsyncOpenAI
from pydantic import BaseModel, Field

BASE_URL, KEY, STEP = sys.argv[1:]
QUESTION = "What is the capital of France?"
CLIENT = AsyncOpenAI(base_url=BASE_URL, api_key=KEY, max_retries=0)
set_tracing_disabled(True)
SETTINGS = ModelSettings(temperature=0.0, max_tokens=120)


class City(BaseModel):
    city: str = Field(max_length=12)
    population: int = Field(ge=0, le=99)


async def chat(model):
    result = await Runner.run(Agent("a", model=model, model_settings=SETTINGS), QUESTION)
    assert "Paris" in result.final_output, result.final_output


async def stream(model):
    result = Runner.run_streamed(Agent("a", model=model, model_settings=SETTINGS, instructions="Be brief."), QUESTION)
    pieces = [
        event.data.delta
        async for event in result.stream_events()
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta"
    ]
    assert len(pieces) > 2 and "Paris" in "".join(pieces), pieces
    assert result.final_output == "".join(pieces)


async def tools(model):
    called = []

    @function_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        called.append(city)
        return "sunny, 21 degrees"

    settings = ModelSettings(temperature=0.0, max_tokens=120, tool_choice="get_weather")
    agent = Agent("a", model=model, model_settings=settings, tools=[get_weather])
    result = await Runner.run(agent, "What is the weather in Paris?")
    assert called, result
    assert isinstance(result.final_output, str) and result.final_output
    called.clear()
    streamed = Runner.run_streamed(agent, "What is the weather in Paris?")
    kinds = [event.item.type async for event in streamed.stream_events() if event.type == "run_item_stream_event"]
    assert called and kinds == ["tool_call_item", "tool_call_output_item", "message_output_item"], kinds


async def structured(model):
    agent = Agent("a", model=model, model_settings=SETTINGS, output_type=City)
    result = await Runner.run(agent, QUESTION)
    assert isinstance(result.final_output, City)


async def conversation(model):
    agent = Agent("a", model=model, model_settings=SETTINGS)
    first = await Runner.run(agent, QUESTION)
    second = await Runner.run(agent, [*first.to_input_list(), {"role": "user", "content": "And of Italy?"}])
    assert "Rome" in second.final_output, second.final_output


async def main():
    for kind in (OpenAIChatCompletionsModel, OpenAIResponsesModel):
        await globals()[STEP](kind("smollm2", openai_client=CLIENT))


asyncio.run(main())
