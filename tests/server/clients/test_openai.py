"""The official client for Python, by chat and by responses. Its details are in tests/server/http/test_openai_client.py."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.server.clients.shapes import ANSWER, QUESTION, WEATHER, City
from tests.server.clients.snippets import run_snippet
from tests.server.conftest import Server

ASKED: dict[str, Any] = {"role": "user", "content": QUESTION}
NEXT: dict[str, Any] = {"role": "user", "content": "And of Italy?"}
CHAT: dict[str, Any] = {"model": "smollm2", "temperature": 0, "max_completion_tokens": 100}
RESPONSE: dict[str, Any] = {"model": "smollm2", "temperature": 0, "max_output_tokens": 64}


def test_chat_and_stream(server: Server) -> None:
    client = server.client()
    assert client.chat.completions.create(messages=[ASKED], **CHAT).choices[0].message.content == ANSWER
    with client.chat.completions.stream(messages=[ASKED], **CHAT) as stream:
        kinds = [event.type for event in stream]
        assert kinds.count("content.delta") > 2 and kinds[-1] == "content.done"
        assert stream.get_final_completion().choices[0].message.content == ANSWER
    assert client.responses.create(input=QUESTION, **RESPONSE).output_text == ANSWER
    with client.responses.stream(input=QUESTION, **RESPONSE) as events:
        assert [event.type for event in events].count("response.output_text.delta") > 2
        assert events.get_final_response().output_text == ANSWER


def test_tools(server: Server) -> None:
    client = server.client()
    tools: dict[str, Any] = {"tools": [{"type": "function", "function": WEATHER | {"strict": True}}]}
    told = client.chat.completions.parse(messages=[ASKED], tool_choice="required", **tools, **CHAT).choices[0].message
    assert told.tool_calls is not None
    (call,) = told.tool_calls
    assert call.function.parsed_arguments == json.loads(call.function.arguments)
    given = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    talk: Any = [ASKED, told, given]
    assert client.chat.completions.create(messages=talk, tool_choice="none", **tools, **CHAT).choices[0].message.content

    own: dict[str, Any] = {"tools": [WEATHER | {"type": "function", "strict": True}]}
    response = client.responses.create(input=[ASKED], tool_choice="required", **own, **RESPONSE)  # type: ignore[list-item]
    (item,) = response.output
    assert item.type == "function_call" and item.name == "get_weather"
    result = {"type": "function_call_output", "call_id": item.call_id, "output": "sunny"}
    then: Any = [ASKED, *response.output, result]
    assert client.responses.create(input=then, tool_choice="none", **own, **RESPONSE).output_text


def test_structured_output(server: Server) -> None:
    client = server.client()
    told = client.chat.completions.parse(messages=[ASKED], response_format=City, **CHAT).choices[0].message
    assert isinstance(told.parsed, City)
    with client.responses.stream(input=QUESTION, text_format=City, **RESPONSE) as events:
        assert isinstance(events.get_final_response().output_parsed, City)


def test_conversation(server: Server) -> None:
    client = server.client()
    first = client.chat.completions.create(messages=[ASKED], **CHAT).choices[0].message
    talk: Any = [ASKED, first, NEXT]
    assert "Rome" in str(client.chat.completions.create(messages=talk, **CHAT).choices[0].message.content)
    response = client.responses.create(input=QUESTION, **RESPONSE)
    then: Any = [ASKED, *response.output, NEXT]
    assert "Rome" in client.responses.create(input=then, **RESPONSE).output_text


def test_the_documented_snippet(server: Server) -> None:
    run_snippet(server, "openai (Python)", Path(sys.executable))
