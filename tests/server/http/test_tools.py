"""Calls of tools over a real socket, as the official client and raw streams see them."""

import json
from typing import Any

import httpx
import pytest

from tests.server.conftest import Server

NAME = f"weather.now-{'x' * 70}"


def tool(name: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": "Does it.", "parameters": parameters}}


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


# Half of it may be written in many ways, so that it takes a good many tokens; its field is not the first in the alphabet.
WEATHER = tool(
    NAME,
    fields(where={"enum": ["Ulaanbaatar", "Reykjavik"]}, at={"$ref": "#/$defs/Hour"})
    | {"$defs": {"Hour": {"enum": [1, 2]}}},
)
CLOCK = tool("clock")
NAMED = {"type": "function", "function": {"name": NAME}}


def post(server: Server, **body: Any) -> httpx.Response:
    asked = {"model": "smollm2", "messages": [{"role": "user", "content": "Hi."}], "max_tokens": 150, "seed": 1} | body
    headers = {"Authorization": f"Bearer {server.key}"}
    return httpx.post(f"{server.url}/v1/chat/completions", json=asked, headers=headers, timeout=120)


def whole(server: Server, **body: Any) -> dict[str, Any]:
    response = post(server, **body)
    assert response.status_code == 200, response.text
    (choice,) = response.json()["choices"]
    return dict(choice)


def streamed(server: Server, **body: Any) -> list[dict[str, Any]]:
    response = post(server, stream=True, **body)
    assert response.status_code == 200, response.text
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line)["choices"][0] for line in lines[:-1]]


@pytest.mark.parametrize("choice", ["required", NAMED])
def test_a_call_that_has_to_be_made_has_its_name_first_and_its_arguments_in_the_schema_s_order(
    quick_server: Server, choice: Any
) -> None:
    answer = whole(quick_server, tools=[WEATHER], tool_choice=choice)
    (call,) = answer["message"]["tool_calls"]
    assert answer["message"]["content"] is None
    assert answer["finish_reason"] == "tool_calls"
    assert (call["type"], call["function"]["name"]) == ("function", NAME)
    assert list(json.loads(call["function"]["arguments"])) == ["where", "at"]


def test_arguments_stream_in_pieces(quick_server: Server) -> None:
    asked: dict[str, Any] = {"tools": [CLOCK, WEATHER], "tool_choice": NAMED}
    choices = streamed(quick_server, **asked)
    deltas = [delta for choice in choices for delta in choice["delta"].get("tool_calls", ())]
    assert all(len(choice["delta"].get("tool_calls", ())) <= 1 for choice in choices)
    assert set(deltas[0]) == {"index", "id", "type", "function"}
    assert deltas[0]["function"] == {"name": NAME, "arguments": ""}
    assert len(deltas) > 3 and all(set(delta) == {"index", "function"} for delta in deltas[1:])
    arguments = "".join(delta["function"]["arguments"] for delta in deltas)
    assert arguments == whole(quick_server, **asked)["message"]["tool_calls"][0]["function"]["arguments"]
    assert "".join(choice["delta"].get("content") or "" for choice in choices) == ""
    assert [choice["finish_reason"] for choice in choices if choice["finish_reason"]] == ["tool_calls"]


@pytest.mark.parametrize("most", [1, 5, 60])
def test_a_call_that_is_cut_leaves_no_raw_json_in_the_content(quick_server: Server, most: int) -> None:
    asked: dict[str, Any] = {"tools": [WEATHER], "tool_choice": "required", "max_tokens": most}
    answer = whole(quick_server, **asked)
    message = answer["message"]
    assert (message["content"], answer["finish_reason"]) == (None, "length")
    arguments = [call["function"]["arguments"] for call in message.get("tool_calls", ())]
    assert all('{"where": "Reykjavik", "at": 1}'.startswith(text[:1]) for text in arguments)
    choices = streamed(quick_server, **asked)
    assert "".join(choice["delta"].get("content") or "" for choice in choices) == ""
    assert choices[-1]["finish_reason"] == "length"


def test_tools_that_may_not_be_called_are_not(quick_server: Server) -> None:
    answer = whole(quick_server, tools=[WEATHER], tool_choice="none", max_tokens=5)
    assert "tool_calls" not in answer["message"] and answer["message"]["content"]


@pytest.mark.parametrize("parallel", [True, False])
def test_a_form_and_tools_go_together(quick_server: Server, parallel: bool) -> None:
    """What comes is either an answer of the form or calls; the bias takes one of them away."""
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": fields(verdict={"const": "fine"})}}
    asked: dict[str, Any] = {"tools": [CLOCK], "response_format": form, "parallel_tool_calls": parallel}
    headers = {"Authorization": f"Bearer {quick_server.key}"}

    def starts(*texts: str) -> dict[str, float]:
        ids = [
            httpx.post(f"{quick_server.url}/tokenize", json={"prompt": text}, headers=headers).json()["tokens"][0]
            for text in texts
        ]
        return {str(token_id): -100.0 for token_id in ids}

    answer = whole(quick_server, **asked, logit_bias=starts("<", "<t"))
    assert json.loads(answer["message"]["content"]) == {"verdict": "fine"}
    assert "tool_calls" not in answer["message"]
    called = whole(quick_server, **asked, logit_bias=starts("{", '{"', "{\n", "\n"))
    assert [call["function"]["name"] for call in called["message"]["tool_calls"]][:1] == ["clock"]
    assert json.loads(called["message"]["tool_calls"][0]["function"]["arguments"]) == {}


def test_calls_and_their_results_go_back_in(quick_server: Server) -> None:
    answer = whole(quick_server, tools=[WEATHER], tool_choice="required")
    (call,) = answer["message"]["tool_calls"]
    talk = [
        {"role": "user", "content": "Weather?"},
        answer["message"],
        {"role": "tool", "tool_call_id": call["id"], "content": "Sunny."},
        {"role": "assistant", "content": None, "tool_calls": [call | {"id": "other"}]},
        {"role": "tool", "tool_call_id": "other", "content": [{"type": "text", "text": "Rain."}]},
    ]
    assert whole(quick_server, messages=talk, tools=[WEATHER], max_tokens=5)["message"]["content"]


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tool_choice": NAMED}, "tool_choice"),
        ({"tools": [CLOCK], "tool_choice": NAMED}, "tool_choice"),
        ({"tools": [CLOCK], "tool_choice": {}}, "tool_choice"),
        ({"tools": [CLOCK], "tool_choice": "any"}, "tool_choice"),
        ({"tools": [tool("")]}, "tools"),
        ({"tools": [tool("bad", {"type": "nonsense"})], "tool_choice": "required"}, "tools"),
    ],
)
def test_what_does_not_fit_together_is_refused_by_name(quick_server: Server, asked: dict[str, Any], param: str) -> None:
    refused = post(quick_server, **asked)
    assert refused.status_code == 400
    assert refused.json()["error"]["param"].startswith(param)
