"""What clients are told of bodies that cannot be served: their own fields and JSON's types, nothing of how we are made."""

import itertools
import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.http.errors import install_error_handlers
from server.planning.explain_schemas import ExplainRequest
from server.planning.schemas import (
    ChatRequest,
    CompletionRequest,
    DetokenizeRequest,
    ResponsesRequest,
    TokenizeRequest,
)

INSIDE = re.compile(
    r"constrained|_type|union|Input should|function-|list\[|dict\[|~|[A-Z]\w+(Part|Call|Format|Request|Options)\b"
)
ODD: list[Any] = [
    True,
    7,
    -7,
    10**30,
    0.5,
    "odd",
    "",
    [],
    [7],
    ["odd"],
    [None],
    [[]],
    {},
    {"odd": 7},
    [{"odd": 7}],
    {"type": "odd"},
]
MESSAGE = {"role": "user", "content": "x"}
CHAT = {"model": "m", "messages": [MESSAGE]}
TEXT = {"model": "m", "prompt": "x"}
BODIES: dict[str, tuple[type, dict[str, Any]]] = {
    "/chat": (ChatRequest, CHAT),
    "/completions": (CompletionRequest, TEXT),
    "/responses": (ResponsesRequest, {"model": "m", "input": "x"}),
    "/tokenize": (TokenizeRequest, {"prompt": "x"}),
    "/detokenize": (DetokenizeRequest, {"tokens": [1]}),
    "/explain": (ExplainRequest, {"prompt": "x"}),
}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
FORM = {"type": "json_schema", "json_schema": {"name": "f", "schema": {"type": "object"}}}
INNER: list[tuple[str, dict[str, Any], list[Any]]] = [
    ("message", MESSAGE, ["messages", 0]),
    ("part", {"role": "user", "content": [{"type": "text", "text": "x"}]}, ["messages", 0]),
    ("call", {"role": "assistant", "tool_calls": [CALL]}, ["messages", 0]),
    ("tool", {"type": "function", "function": TOOL["function"]}, ["tools", 0]),
    ("form", FORM, ["response_format"]),
    ("stream options", {"include_usage": True}, ["stream_options"]),
    ("guard", {"mode": "mask"}, ["guard"]),
    ("choice", {"type": "function", "function": {"name": "f"}}, ["tool_choice"]),
]


def said(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    install_error_handlers(app)
    for path, (model, _) in BODIES.items():

        def take(body: Any) -> dict[str, str]:
            return {}

        take.__annotations__["body"] = model
        app.post(path)(take)
    return TestClient(app)


def inner_bodies() -> list[dict[str, Any]]:
    """Chat bodies in which one field of one inner object is odd."""
    made = []
    for _, good, path in INNER:
        for spot in spots(good):
            for odd in ODD:
                broken = replaced(good, spot, odd)
                field = [broken] if len(path) == 2 else broken
                made.append(CHAT | {"tools": [TOOL], "stream": True, path[0]: field})
    return made


def spots(value: Any) -> list[tuple[Any, ...]]:
    keys = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(key, *rest) for key, inner in keys for rest in [(), *spots(inner)]]


def replaced(value: Any, spot: tuple[Any, ...], odd: Any) -> Any:
    if not spot:
        return odd
    out = dict(value) if isinstance(value, dict) else list(value)
    out[spot[0]] = replaced(out[spot[0]], spot[1:], odd)
    return out


def test_no_message_tells_how_we_are_made(client: TestClient) -> None:
    outer = [
        (path, good | {field: odd})
        for path, (model, good) in BODIES.items()
        for field, odd in itertools.product((*model.model_fields, "nobody_knows"), ODD)  # type: ignore[attr-defined]
    ]
    refused = 0
    for path, body in [
        *outer,
        *(("/chat", body) for body in inner_bodies()),
        *((path, odd) for path in BODIES for odd in ODD),
    ]:
        answer = client.post(path, json=body)
        assert answer.status_code in (200, 400), (body, answer.text)
        if answer.status_code == 200:
            continue
        refused += 1
        error = answer.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert error["type"] == "invalid_request_error"
        assert not INSIDE.search(error["message"].replace(error["param"], "")), error
        assert "~" not in error["param"] and error["param"], error
        assert error["message"].strip() and "None" not in error["message"], error
    assert refused > 1_500


@pytest.mark.parametrize(
    ("change", "message", "param"),
    [
        ({"messages": [said([{"type": kind, kind: {}}])]}, f"{kind} parts are not supported", "messages[0].content[0]")
        for kind in ("image_url", "input_audio", "file")
    ]
    + [
        ({"stop": ["a"] * 17}, "at most 16 stop sequences", "stop"),
        ({"tool_choice": "any", "tools": [TOOL]}, "'none', 'auto' or 'required'", "tool_choice"),
        ({"messages": [{"role": "bot", "content": "x"}]}, "must be 'system', 'developer', 'user'", "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content is missing", "messages[0].content"),
        ({"messages": "x"}, "messages must be an array, not a string", "messages"),
        ({"messages": []}, "at least 1 message", "messages"),
        ({"n": "1"}, "n must be an integer, not a string", "n"),
        ({"n": True}, "n must be an integer, not a boolean", "n"),
        ({"stream": "yes"}, "stream must be true or false, not a string", "stream"),
        ({"temperature": 3}, "temperature must be at most 2.0", "temperature"),
        ({"seed": 2**63}, "seed must be below", "seed"),
        ({"response_format": {"type": "xml"}}, "'text', 'json_object' or 'json_schema'", "response_format"),
        ({"response_format": FORM | {"json_schema": {"name": "x"}}}, "missing", "response_format.json_schema.schema"),
        ({"logit_bias": {"5": "x"}}, "logit_bias.5 must be a number", "logit_bias.5"),
        ({"stream_options": {"include_usage": True}}, "is only for stream: true", "stream_options"),
        ({"mirostat_floor": 2}, "mirostat_floor is not supported by this server", "mirostat_floor"),
    ],
)  # fmt: skip
def test_a_message_says_what_is_wrong(client: TestClient, change: dict[str, Any], message: str, param: str) -> None:
    error = client.post("/chat", json=CHAT | change).json()["error"]
    assert message in error["message"]
    assert error["param"] == param


@pytest.mark.parametrize("prompt", [["a", 1], [1, "a"], [[1], "a"], [1.5], [True], {}, 5])
def test_prompts_are_of_one_kind(client: TestClient, prompt: Any) -> None:
    error = client.post("/completions", json=TEXT | {"prompt": prompt}).json()["error"]
    assert "a string, an array of strings, an array of token ids or an array of such arrays" in error["message"]
    assert error["param"] == "prompt"


@pytest.mark.parametrize("body", ["[]", '"text"', "5", "null", "[1]"])
def test_a_body_is_an_object(client: TestClient, body: str) -> None:
    answer = client.post("/chat", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "body"


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain"])
def test_a_body_that_is_not_said_to_be_json_is_told_so(client: TestClient, content_type: str) -> None:
    answer = client.post("/chat", content='{"model": "m"}', headers={"Content-Type": content_type})
    assert answer.status_code == 400
    assert "Content-Type: application/json" in answer.json()["error"]["message"]


def test_null_is_absent_everywhere(client: TestClient) -> None:
    for path, (model, good) in BODIES.items():
        for field in (*model.model_fields, "nobody_knows"):  # type: ignore[attr-defined]
            if field not in good:
                assert client.post(path, json=good | {field: None}).status_code == 200, (path, field)
    inner = {
        "role": "assistant",
        "content": "x",
        "refusal": None,
        "annotations": None,
        "audio": None,
        "function_call": None,
    }
    call = {"role": "assistant", "content": None, "tool_calls": [CALL | {"extra": None}]}
    body = CHAT | {"messages": [inner, call], "tools": [TOOL | {"odd": None}], "guard": {"mode": None, "odd": None}}
    assert client.post("/chat", json=body).status_code == 200


def test_what_has_no_effect_is_taken(client: TestClient) -> None:
    neutral = {
        "metadata": {"a": "b"}, "store": True, "service_tier": "flex", "verbosity": "low", "top_k": -1, "max_tokens": -1,
        "prediction": {"type": "content", "content": "x"}, "parallel_tool_calls": True, "modalities": ["text"],
        "stream": True, "stream_options": {"include_usage": True, "include_obfuscation": False}, "n": 1.0,
        "prompt_cache_key": "k", "safety_identifier": "s", "user": "u",
    }  # fmt: skip
    for name, value in neutral.items():
        more = {"stream": True} if name == "stream_options" else {}
        assert client.post("/chat", json=CHAT | more | {name: value}).status_code == 200, name
    assert client.post("/completions", json=TEXT | {"best_of": 2, "n": 2, "suffix": "", "top_k": 0}).status_code == 200


def test_the_sdk_message_goes_back_in(client: TestClient) -> None:
    from openai.types.chat import ChatCompletionMessage, ParsedChatCompletionMessage

    said = ChatCompletionMessage.model_validate(
        {"role": "assistant", "content": "x", "annotations": [], "tool_calls": [CALL | {"index": 0}]}
    )
    parsed = ParsedChatCompletionMessage[dict[str, int]](role="assistant", content="{}", parsed={"a": 1})
    refused = ChatCompletionMessage(role="assistant", refusal="no")
    part = {"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]}
    for message in (
        said.model_dump(),
        parsed.model_dump(),
        refused.model_dump(),
        part,
        said.model_dump() | {"reasoning_content": "x"},
    ):
        answer = client.post("/chat", json=CHAT | {"messages": [MESSAGE, message]})
        assert answer.status_code == 200, (message, answer.text)
