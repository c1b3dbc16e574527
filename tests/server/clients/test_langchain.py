"""langchain-openai, by chat and by responses."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.clients.shapes import ANSWER, QUESTION, WEATHER, City
from tests.server.clients.snippets import run_snippet
from tests.server.conftest import Server

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI


@pytest.fixture(params=["chat", "responses"])
def model(server: Server, request: pytest.FixtureRequest) -> "ChatOpenAI":
    from langchain_openai import ChatOpenAI

    options: dict[str, Any] = {"use_responses_api": True, "store": False} if request.param == "responses" else {}
    return ChatOpenAI(
        model="smollm2", base_url=f"{server.url}/v1", api_key=server.key, temperature=0, max_tokens=64, **options
    )


def test_chat_and_stream(model: "ChatOpenAI") -> None:
    told = model.invoke(QUESTION)
    assert told.text == ANSWER
    assert told.usage_metadata is not None and told.usage_metadata["output_tokens"] == 8
    pieces = [str(piece.text) for piece in model.stream(QUESTION)]
    assert len(pieces) > 2 and "".join(pieces) == ANSWER


def test_tools(model: "ChatOpenAI") -> None:
    from langchain_core.messages import HumanMessage, ToolMessage

    bound = model.bind_tools([{"type": "function", "function": WEATHER}], tool_choice="get_weather")
    told = bound.invoke(QUESTION)
    (call,) = told.tool_calls
    assert call["name"] == "get_weather" and isinstance(call["args"]["city"], str)
    talk = [HumanMessage(QUESTION), told, ToolMessage("sunny", tool_call_id=call["id"])]
    assert model.invoke(talk).text
    whole: Any = None
    for piece in bound.stream(QUESTION):
        whole = piece if whole is None else whole + piece
    assert [one["name"] for one in whole.tool_calls] == ["get_weather"]


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_structured_output(model: "ChatOpenAI", method: Any) -> None:
    assert isinstance(model.with_structured_output(City, method=method).invoke(QUESTION), City)


def test_conversation(model: "ChatOpenAI") -> None:
    from langchain_core.messages import HumanMessage

    first = model.invoke(QUESTION)
    assert "Rome" in model.invoke([HumanMessage(QUESTION), first, HumanMessage("And of Italy?")]).text


def test_the_documented_snippet(server: Server) -> None:
    run_snippet(server, "langchain-openai", Path(sys.executable))
