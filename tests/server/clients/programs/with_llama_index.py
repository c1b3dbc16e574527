"""llama-index, by llama-index-llms-openai-like: `python with_llama_index.py BASE_URL KEY STEP`."""

import sys

from llama_index.core.llms import ChatMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai_like import OpenAILike
from llama_index.llms.openai_like.responses import OpenAILikeResponses
from pydantic import BaseModel, Field

BASE_URL, KEY, STEP = sys.argv[1:]
QUESTION = "What is the capital of France?"
OPTIONS = {
    "model": "smollm2",
    "api_base": BASE_URL,
    "api_key": KEY,
    "context_window": 8192,
    "temperature": 0.0,
    "is_function_calling_model": True,
    "max_retries": 0,
}
CHAT = OpenAILike(is_chat_model=True, max_tokens=120, **OPTIONS)
RESPONSES = OpenAILikeResponses(max_output_tokens=120, **OPTIONS)
TALK = [ChatMessage(role="user", content=QUESTION)]


class City(BaseModel):
    """A city."""

    city: str = Field(max_length=12)
    population: int = Field(ge=0, le=99)


def get_weather(city: str) -> str:
    """The weather in a city."""
    return "sunny"


def chat(model):
    assert "Paris" in model.chat(TALK).message.content
    assert "Paris" in model.complete(QUESTION).text


def stream(model):
    pieces = [piece.delta for piece in model.stream_chat(TALK)]
    assert len(pieces) > 2 and "Paris" in "".join(p or "" for p in pieces), pieces


def tools(model):
    tool = FunctionTool.from_defaults(get_weather)
    ask = ChatMessage(role="user", content="What is the weather in Paris?")
    told = model.chat_with_tools([tool], chat_history=[ask], tool_required=True)
    (call,) = model.get_tool_calls_from_response(told)
    assert call.tool_name == "get_weather" and isinstance(call.tool_kwargs["city"], str)
    result = ChatMessage(role="tool", content="sunny", additional_kwargs={"tool_call_id": call.tool_id})
    after = model.chat_with_tools([tool], chat_history=[ask, told.message, result], tool_choice="none")
    assert after.message.content
    streamed = list(model.stream_chat_with_tools([tool], chat_history=[ask], tool_required=True))
    (call,) = model.get_tool_calls_from_response(streamed[-1])
    assert call.tool_name == "get_weather"


def structured(model):
    told = model.structured_predict(City, PromptTemplate(QUESTION))
    assert isinstance(told, City)
    assert isinstance(model.as_structured_llm(City).chat(TALK).raw, City)


def conversation(model):
    first = model.chat(TALK).message
    second = model.chat([*TALK, first, ChatMessage(role="user", content="And of Italy?")])
    assert "Rome" in second.message.content, second


for model in (CHAT, RESPONSES):
    globals()[STEP](model)
