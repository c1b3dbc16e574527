"""pydantic-ai: `python with_pydantic_ai.py BASE_URL KEY STEP`."""

import asyncio
import sys

from pydantic import BaseModel, Field
from pydantic_ai import Agent, NativeOutput, ToolOutput
from pydantic_ai.direct import model_request_sync
from pydantic_ai.messages import ModelRequest, ToolReturnPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

BASE_URL, KEY, STEP = sys.argv[1:]
QUESTION = "What is the capital of France?"
PROVIDER = OpenAIProvider(base_url=BASE_URL, api_key=KEY)
MODELS = [OpenAIChatModel("smollm2", provider=PROVIDER), OpenAIResponsesModel("smollm2", provider=PROVIDER)]
SETTINGS = ModelSettings(temperature=0.0, max_tokens=120)
CITY_OF = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 12}},
    "required": ["city"],
    "additionalProperties": False,
}


class City(BaseModel):
    """A city."""

    city: str = Field(max_length=12)
    population: int = Field(ge=0, le=99)


def chat(model):
    result = Agent(model, model_settings=SETTINGS).run_sync(QUESTION)
    assert "Paris" in result.output, result.output
    assert result.usage.output_tokens > 0


def stream(model):
    async def run():
        async with Agent(model, model_settings=SETTINGS).run_stream(QUESTION) as result:
            return [piece async for piece in result.stream_text(delta=True, debounce_by=None)]

    pieces = asyncio.run(run())
    assert len(pieces) > 2 and "Paris" in "".join(pieces), pieces


def tools(model):
    told = Agent(model, output_type=ToolOutput(City, name="tell_city"), model_settings=SETTINGS).run_sync(QUESTION)
    assert isinstance(told.output, City)
    weather = ToolDefinition(name="get_weather", parameters_json_schema=CITY_OF, description="The weather in a city.")
    asked = ModelRequest.user_text_prompt(QUESTION)
    parameters = ModelRequestParameters(function_tools=[weather])
    forced = ModelSettings(temperature=0.0, max_tokens=120, tool_choice=["get_weather"])
    answer = model_request_sync(model, [asked], model_settings=forced, model_request_parameters=parameters)
    (call,) = answer.parts
    assert call.tool_name == "get_weather" and isinstance(call.args_as_dict()["city"], str)
    given = ModelRequest([ToolReturnPart(tool_name="get_weather", content="sunny", tool_call_id=call.tool_call_id)])
    free = ModelSettings(temperature=0.0, max_tokens=40, tool_choice="none")
    talk = [asked, answer, given]
    after = model_request_sync(model, talk, model_settings=free, model_request_parameters=parameters)
    assert after.text


def structured(model):
    told = Agent(model, output_type=NativeOutput(City, strict=True), model_settings=SETTINGS).run_sync(QUESTION)
    assert isinstance(told.output, City)


def conversation(model):
    agent = Agent(model, model_settings=SETTINGS, instructions="Be brief.")
    first = agent.run_sync(QUESTION)
    second = agent.run_sync("And of Italy?", message_history=first.all_messages())
    assert "Rome" in second.output, second.output
    third = agent.run_sync("And of Spain?", message_history=second.all_messages())
    assert len(third.all_messages()) == 6


for model in MODELS:
    globals()[STEP](model)
