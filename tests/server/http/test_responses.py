"""`/v1/responses` as its official client uses it: every reply and event is what the client's types say, with nothing missing."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import openai
import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, Field, TypeAdapter

from tests.server.clients import shapes
from tests.server.clients.shapes import ANSWER, QUESTION
from tests.server.conftest import Server

HEADERS = {"Authorization": "Bearer secret-of-the-tests"}
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
WEATHER: dict[str, Any] = {"type": "function", **shapes.WEATHER, "strict": True}
# Fields of services that this server does not have; the types have them as optional.
ABROAD = {"moderation", "prompt_cache_options", "prompt_cache_retention"}


class Capital(BaseModel):
    city: str = Field(max_length=12)
    capital: bool


def post(server: Server, **body: Any) -> httpx.Response:
    body = {"model": "smollm2", "input": QUESTION, "temperature": 0} | body
    return httpx.post(f"{server.url}/v1/responses", json=body, headers=HEADERS, timeout=120)


def whole(server: Server, **body: Any) -> dict[str, Any]:
    reply = post(server, **body)
    assert reply.status_code == 200, reply.text
    checked(reply.json())
    return dict(reply.json())


def checked(response: dict[str, Any]) -> None:
    """A reply that the client's type takes as it is, with every field that the type has."""
    Response.model_validate(response, strict=True)
    assert set(Response.model_fields) - set(response) <= ABROAD
    assert response["id"].startswith("resp_")
    assert (response["store"], response["truncation"], response["background"]) == (False, "disabled", False)


def events(server: Server, **body: Any) -> list[dict[str, Any]]:
    """A stream's events, each of the type that it says, numbered, named and complete."""
    reply = post(server, stream=True, **body)
    assert reply.status_code == 200, reply.text
    told = []
    for frame in reply.text.strip().split("\n\n"):
        name, data = frame.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        parsed = EVENT.validate_python(event)
        required = {field for field, info in type(parsed).model_fields.items() if info.is_required()}
        assert required <= set(event)
        told.append(event)
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    for event in told:
        if "response" in event:
            checked(event["response"])
    return told


def kinds(told: list[dict[str, Any]]) -> list[str]:
    """The types of events, those that follow each other told once."""
    names = [event["type"].removeprefix("response.") for event in told]
    return [name for i, name in enumerate(names) if i == 0 or names[i - 1] != name]


def same_but_for_ids(response: dict[str, Any]) -> dict[str, Any]:
    items = [{k: v for k, v in item.items() if k not in ("id", "call_id")} for item in response["output"]]
    return response | {"id": "", "created_at": 0, "completed_at": 0, "output": items}


def test_text_whole_and_streamed(server: Server) -> None:
    answer = whole(server)
    (item,) = answer["output"]
    assert item["id"].startswith("msg_")
    assert item["content"] == [{"type": "output_text", "text": ANSWER, "annotations": [], "logprobs": []}]
    assert (answer["status"], answer["error"], answer["incomplete_details"]) == ("completed", None, None)
    assert answer["completed_at"] >= answer["created_at"]
    assert answer["guard"]["language"] == "en"
    told = events(server)
    assert kinds(told) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    deltas = [event["delta"] for event in told if event["type"] == "response.output_text.delta"]
    assert len(deltas) > 2 and "".join(deltas) == ANSWER
    assert same_but_for_ids(told[-1]["response"]) == same_but_for_ids(answer)
    ids = {event.get("item_id") or event["item"]["id"] for event in told[2:-1]}
    assert ids == {told[-1]["response"]["output"][0]["id"]}


def test_an_answer_that_is_cut_is_incomplete(server: Server) -> None:
    answer = whole(server, max_output_tokens=2)
    assert (answer["status"], answer["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert answer["output"][0]["status"] == "incomplete" and answer["completed_at"] is None
    assert events(server, max_output_tokens=2)[-1]["type"] == "response.incomplete"


@pytest.mark.parametrize(
    "choice",
    [
        "required",
        {"type": "function", "name": "get_weather"},
        {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "get_weather"}]},
    ],
)
def test_a_function_is_called_and_what_it_gave_goes_back_in(server: Server, choice: Any) -> None:
    other = WEATHER | {"name": "get_time", "parameters": None, "strict": None}
    asked: dict[str, Any] = {"tools": [WEATHER, other], "tool_choice": choice, "max_output_tokens": 100}
    if choice == "required":
        asked["tools"] = [WEATHER]
    answer = whole(server, **asked)
    (call,) = answer["output"]
    assert (call["type"], call["name"], call["status"]) == ("function_call", "get_weather", "completed")
    assert call["id"].startswith("fc_") and call["call_id"].startswith("call_")
    jsonschema.validate(json.loads(call["arguments"]), WEATHER["parameters"])
    assert (answer["tools"], answer["tool_choice"]) == (asked["tools"], choice)

    told = events(server, **asked)
    assert kinds(told) == [
        "created",
        "in_progress",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]
    deltas = [event["delta"] for event in told if event["type"] == "response.function_call_arguments.delta"]
    assert "".join(deltas) == told[-1]["response"]["output"][0]["arguments"] == call["arguments"]
    added = next(event["item"] for event in told if event["type"] == "response.output_item.added")
    assert (added["name"], added["arguments"]) == ("get_weather", "")

    given = {"type": "function_call_output", "call_id": call["call_id"], "output": "sunny, 21 degrees"}
    talk = [{"role": "user", "content": QUESTION}, *answer["output"], given]
    after = whole(server, input=talk, tools=[WEATHER], tool_choice="none", max_output_tokens=8)
    assert after["output"][0]["type"] == "message"
    assert after["usage"]["input_tokens"] > answer["usage"]["input_tokens"] // 2


def test_tools_that_are_not_allowed_this_time_are_not_called(server: Server) -> None:
    time = WEATHER | {"name": "get_time"}
    choice = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "get_time"}]}
    answer = whole(server, tools=[WEATHER, time], tool_choice=choice, max_output_tokens=100)
    assert [item["name"] for item in answer["output"]] == ["get_time"]
    choice["tools"] = [{"type": "function", "name": "get_nothing"}]
    refused = post(server, tools=[WEATHER], tool_choice=choice)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "tool_choice")


def test_its_own_items_are_input(server: Server, quick_server: Server) -> None:
    first = whole(server)
    asked = {"role": "user", "content": [{"type": "input_text", "text": QUESTION}]}
    talk = [asked, *first["output"], {"type": "message", "role": "user", "content": "And of Italy?"}]
    second = whole(server, input=talk)
    assert "Rome" in second["output"][0]["content"][0]["text"]
    thought = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Rome?"}]}
    thoughts = [thought, thought | {"summary": [], "encrypted_content": "xyz", "content": None}]
    third = whole(server, input=[*talk, *thoughts, *second["output"], {"role": "user", "content": "And of Spain?"}])
    assert third["usage"]["input_tokens"] > second["usage"]["input_tokens"]
    calls = [
        {"type": "function_call", "call_id": f"call_{i}", "name": "get_weather", "arguments": "{}"} for i in range(200)
    ]
    many = [asked, *calls, {"type": "function_call_output", "call_id": "call_1", "output": []}]
    assert whole(quick_server, input=many, max_output_tokens=1)["status"] == "incomplete"


def test_structured_output(server: Server) -> None:
    client = server.client()
    parsed = client.responses.parse(model="smollm2", input=QUESTION, text_format=Capital, temperature=0)
    assert isinstance(parsed.output_parsed, Capital)
    # What the client itself would send of them. It warns of its own parsed items, and filters of warnings are shared by all
    # threads: the server's may put an older one's back.
    items: list[Any] = [item.to_dict(warnings=False) for item in parsed.output]
    following: list[Any] = [{"role": "user", "content": QUESTION}, *items, {"role": "user", "content": "Sure?"}]
    assert "parsed" in items[0]["content"][0]
    assert client.responses.create(model="smollm2", input=following, max_output_tokens=4).output_text
    answer = whole(server, text={"format": {"type": "json_object"}}, max_output_tokens=60)
    assert answer["output"][0]["content"][0]["text"].startswith("{")
    form = {"type": "json_schema", "name": "capital", "schema": Capital.model_json_schema(), "strict": True}
    assert whole(server, text={"format": form}, max_output_tokens=100)["text"]["format"] == form


def test_what_is_neutral_is_taken(server: Server) -> None:
    neutral: dict[str, Any] = {
        "include": ["reasoning.encrypted_content", "web_search_call.action.sources"],
        "tools": [],
        "tool_choice": "auto",
        "store": True,
        "truncation": "auto",
        "parallel_tool_calls": True,
        "reasoning": {"effort": None, "summary": "auto"},
        "text": {"verbosity": "low", "format": {"type": "text"}},
        "stream_options": {"include_obfuscation": False},
        "prompt_cache_key": "k",
        "service_tier": "auto",
        "safety_identifier": "s",
        "metadata": {"a": "b"},
        "background": False,
        "max_tool_calls": 3,
        "top_logprobs": 0,
        "previous_response_id": None,
        "conversation": None,
        "prompt": None,
        "user": "u",
        "instructions": "Be brief.",
    }
    answer = events(server, **neutral)[-1]["response"]
    assert answer["status"] == "completed"
    for name in ("prompt_cache_key", "safety_identifier", "metadata", "max_tool_calls", "user", "instructions"):
        assert answer[name] == neutral[name]
    assert (answer["text"]["verbosity"], answer["reasoning"]["summary"]) == ("low", "auto")


def test_functions_have_the_names_that_they_have_in_chat(server: Server) -> None:
    long = f"ns.{'x' * 90}"
    choice = {"type": "function", "name": long}
    reply = whole(server, tools=[WEATHER | {"name": long}], tool_choice=choice, max_output_tokens=120)
    assert reply["output"][0]["name"] == long
    call = {"type": "function_call", "call_id": "c1", "name": "get\0weather", "arguments": "{}"}
    refused = post(server, input=[call])
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "input[0].name")


def test_log_probabilities(server: Server) -> None:
    asked: dict[str, Any] = {"include": ["message.output_text.logprobs"], "top_logprobs": 2}
    (part,) = whole(server, **asked)["output"][0]["content"]
    assert "".join(one["token"] for one in part["logprobs"]) == ANSWER
    assert {len(one["top_logprobs"]) for one in part["logprobs"]} == {2}
    told = [e for e in events(server, **asked) if e["type"] == "response.output_text.delta"]
    assert [one for event in told for one in event["logprobs"]] == part["logprobs"]


def unserved() -> Iterator[tuple[dict[str, Any], str, str]]:
    yield {"previous_response_id": "resp_1"}, "previous_response_id", "responses are not stored"
    yield {"conversation": "conv_1"}, "conversation", "responses are not stored"
    yield {"conversation": {"id": "conv_1"}}, "conversation", "responses are not stored"
    yield {"prompt": {"id": "p"}}, "prompt", "not supported"
    yield {"background": True}, "background", "not supported"
    for kind in ("web_search", "file_search", "mcp", "custom", "code_interpreter"):
        yield {"tools": [WEATHER, {"type": kind}]}, "tools[1]", f"{kind} tools are not supported"
    yield {"tool_choice": {"type": "web_search_preview"}, "tools": [WEATHER]}, "tool_choice", "'function'"
    yield {"tool_choice": "required"}, "tool_choice", "needs tools"
    yield {"tool_choice": {"type": "function", "name": "x"}, "tools": [WEATHER]}, "tool_choice", "not among tools"
    yield {"input": [{"type": "item_reference", "id": "msg_1"}]}, "input[0]", "send the items themselves"
    yield {"input": [{"type": "web_search_call", "id": "ws_1"}]}, "input[0]", "web_search_call items are not supported"
    part = {"type": "input_image", "image_url": "data:"}
    yield {"input": [{"role": "user", "content": [part]}]}, "input[0].content[0]", "input_image parts"
    yield {"input": [{"role": "user"}]}, "input[0].content", "missing"
    yield {"max_output_tokens": 10**6}, "max_output_tokens", "max_output_tokens"
    yield {"input": "word " * 40_000}, "input", "input"
    yield {"include": ["everything"]}, "include[0]", "must be"
    yield {"text": {"format": {"type": "json_schema", "name": "x"}}}, "text.format.schema", "missing"
    form = {"type": "json_schema", "name": "x", "schema": {"type": "nonsense"}}
    yield {"text": {"format": form}}, "text.format", "text.format"


@pytest.mark.parametrize(("change", "field", "message"), list(unserved()))
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_honoured_is_refused_by_name(
    server: Server, change: dict[str, Any], field: str, message: str, stream: bool
) -> None:
    refused = post(server, **change, stream=stream)
    error = refused.json()["error"]
    assert (refused.status_code, error["param"]) == (400, field), error
    assert message in error["message"]
    assert "messages" not in error["message"] or "reads messages" in error["message"]


def test_nothing_can_be_fetched_later(server: Server) -> None:
    client = server.client()
    made = client.responses.create(model="smollm2", input=QUESTION, max_output_tokens=1, store=True)
    for call in (client.responses.retrieve, client.responses.delete, client.responses.cancel):
        with pytest.raises(openai.NotFoundError, match="responses are not stored"):
            call(made.id)
    assert httpx.get(f"{server.url}/v1/responses/{made.id}").status_code == 401
