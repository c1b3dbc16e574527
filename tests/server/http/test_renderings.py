"""Replies and streams as they go over the wire: every field, and none besides."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from server.errors import FailureError, RefusalError
from server.generation.calls import CalledTool, CallPiece
from server.generation.generation import Generation
from server.generation.pieces import Piece
from server.generation.plan import Endpoint, Plan, Prompt
from server.generation.text import TokenInfo
from server.http.completions import ChatRendering, CompletionRendering
from server.http.responses import ResponseRendering
from server.planning.schemas import ResponsesRequest
from tlpo_guard.brought import Brought
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.generation.sequence import Logprobs
from tlpo_guard.intent import DecidedBy, Intent
from tlpo_guard.policy import GuardPolicy, Mode

WORDS = [b"Hallo", b" Welt", b"!"]
POLICY = GuardPolicy(mode=Mode.MASK, languages=("de",), admitted=("fr",))
INTENT = Intent(("de",), DecidedBy.PROMPT, 0.9, admitted=("fr",))
PROMPT = Prompt([1, 2, 3], POLICY, INTENT, Brought.of(["Sag hallo"]))
PLAN = Plan(Endpoint.CHAT, "key", None, "smollm2", None, (PROMPT,), 1, SamplingParams(), 8)
HEAD = {"id": "r", "created": 7, "model": "smollm2", "system_fingerprint": "f-v0001"}
USAGE = {
    "prompt_tokens": 3,
    "completion_tokens": 0,
    "total_tokens": 3,
    "prompt_tokens_details": {"cached_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0},
}
GUARD = {
    "language": "de",
    "admitted": ["fr"],
    "decided_by": "prompt",
    "mode": "mask",
    "reasoning": False,
    "events": 0,
    "rewinds": 0,
    "stood_back": 0,
    "deadline_exceeded": False,
}


class Vocabulary:
    def token_bytes(self, token_id: int) -> bytes:
        return WORDS[token_id]


def token(index: int, offset: int) -> TokenInfo:
    other = (index + 1) % len(WORDS)
    return TokenInfo(index, WORDS[index], Logprobs(-0.5, ((index, -0.5), (other, -1.5))), offset)


SAID = [Piece(0, "Hallo", (token(0, 0),)), Piece(0, " Welt", (token(1, 5),)), Piece(0, finish_reason="stop")]


def generation(pieces: list[Piece], error: RefusalError | None = None, **changes: Any) -> Generation:
    made = Generation(replace(PLAN, **changes), "f", id="r", created=7, version="v0001")
    for piece in pieces:
        made.put(piece)
    if error is not None:
        made.fail(error)
    made.end()
    return made


def whole(rendering: Any) -> Any:
    async def run() -> Any:
        return json.loads((await rendering.whole()).wire())

    return asyncio.run(run())


def frames(rendering: Any) -> list[str]:
    async def run() -> list[str]:
        out: AsyncIterator[str] = rendering.frames()
        return [frame async for frame in out]

    return asyncio.run(run())


def events(rendering: Any) -> list[Any]:
    sent = frames(rendering)
    assert all(frame.endswith("\n\n") for frame in sent)
    data = [frame.strip().rsplit("data: ", 1)[1] for frame in sent]
    return [one if one == "[DONE]" else json.loads(one) for one in data]


def chat(made: Generation, *, with_usage: bool = False) -> ChatRendering:
    return ChatRendering(made, Vocabulary(), with_usage=with_usage)


def chunk(index: int, delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    choice |= {} if finish is None else {"stop_reason": None}
    return HEAD | {"object": "chat.completion.chunk", "choices": [choice]} | more


def test_a_whole_chat_answer() -> None:
    message = {"role": "assistant", "content": "Hallo Welt", "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop", "stop_reason": None}
    told = whole(chat(generation(SAID)))
    assert told == HEAD | {"object": "chat.completion", "choices": [choice], "usage": USAGE, "guard": GUARD}
    assert list(told) == ["id", "object", "created", "model", "system_fingerprint", "choices", "usage", "guard"]


def test_a_chat_answer_in_chunks() -> None:
    assert events(chat(generation(SAID))) == [
        chunk(0, {"role": "assistant", "content": ""}),
        chunk(0, {"content": "Hallo"}),
        chunk(0, {"content": " Welt"}),
        chunk(0, {}, "stop", guard=GUARD),
        "[DONE]",
    ]


def test_usage_is_null_in_all_chunks_but_the_last_where_it_is_asked_for() -> None:
    *chunks, last, done = events(chat(generation(SAID), with_usage=True))
    assert [one["usage"] for one in chunks] == [None] * 4
    assert last == HEAD | {"object": "chat.completion.chunk", "choices": [], "usage": USAGE, "guard": GUARD}
    assert done == "[DONE]"


def test_calls_of_tools() -> None:
    calls = (CalledTool("call_1", "look", '{"where":"up"}'), CalledTool("call_2", "look", "{}"))
    first = (CallPiece(0, "call_1", "look"), CallPiece(0, arguments='{"where"'))
    rest = (CallPiece(0, arguments=':"up"}'), CallPiece(1, "call_2", "look"), CallPiece(1, arguments="{}"))
    pieces = [Piece(0, calls=first), Piece(0, calls=rest), Piece(0, finish_reason="tool_calls")]
    shown = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in calls
    ]
    (choice,) = whole(chat(generation(pieces)))["choices"]
    assert choice["message"] == {"role": "assistant", "content": None, "refusal": None, "tool_calls": shown}
    assert choice["finish_reason"] == "tool_calls"
    assert events(chat(generation(pieces)))[1:-2] == [
        chunk(0, {"tool_calls": [delta]})
        for delta in (
            {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look", "arguments": ""}},
            {"index": 0, "function": {"arguments": '{"where"'}},
            {"index": 0, "function": {"arguments": ':"up"}'}},
            {"index": 1, "id": "call_2", "type": "function", "function": {"name": "look", "arguments": ""}},
            {"index": 1, "function": {"arguments": "{}"}},
        )
    ]


def test_log_probabilities_of_a_chat() -> None:
    def spelled(index: int, logprob: float) -> dict[str, Any]:
        return {"token": WORDS[index].decode(), "bytes": list(WORDS[index]), "logprob": logprob}

    (choice,) = whole(chat(generation(SAID, top_logprobs=2)))["choices"]
    assert choice["logprobs"] == {
        "content": [spelled(i, -0.5) | {"top_logprobs": [spelled(i, -0.5), spelled(i + 1, -1.5)]} for i in (0, 1)],
        "refusal": None,
    }
    streamed = events(chat(generation(SAID, top_logprobs=2)))
    assert [one["choices"][0]["logprobs"] is None for one in streamed[:-1]] == [True, False, False, True]


def test_a_legacy_completion_whole_and_in_chunks() -> None:
    def rendering() -> CompletionRendering:
        made = generation(SAID, endpoint=Endpoint.COMPLETIONS, top_logprobs=2)
        return CompletionRendering(made, Vocabulary(), with_usage=False)

    told = whole(rendering())
    (choice,) = told["choices"]
    assert told == HEAD | {"object": "text_completion", "choices": [choice], "usage": USAGE, "guard": GUARD}
    assert choice == {
        "index": 0,
        "text": "Hallo Welt",
        "logprobs": {
            "tokens": ["Hallo", " Welt"],
            "token_logprobs": [-0.5, -0.5],
            "top_logprobs": [{"Hallo": -0.5, " Welt": -1.5}, {" Welt": -0.5, "!": -1.5}],
            "text_offset": [0, 5],
        },
        "finish_reason": "stop",
        "stop_reason": None,
    }
    first, _, last, done = events(rendering())
    assert first["choices"][0]["text"] == "Hallo" and "guard" not in first and "usage" not in first
    end = {"index": 0, "text": "", "logprobs": None, "finish_reason": "stop", "stop_reason": None}
    assert last == HEAD | {"object": "text_completion", "choices": [end], "guard": GUARD}
    assert done == "[DONE]"


def test_several_answers_stay_apart() -> None:
    pieces = [Piece(1, "b"), Piece(0, "a"), Piece(1, "b"), *(Piece(i, finish_reason="length") for i in (0, 1))]
    choices = whole(chat(generation(pieces, n=2)))["choices"]
    assert [(one["index"], one["message"]["content"], one["finish_reason"]) for one in choices] == [
        (0, "a", "length"),
        (1, "bb", "length"),
    ]
    opening = events(chat(generation(pieces, n=2)))[:2]
    assert [one["choices"][0]["index"] for one in opening] == [0, 1]


@pytest.mark.parametrize("make", [chat, lambda made: CompletionRendering(made, Vocabulary(), with_usage=False)])
def test_what_fails_shows_before_a_stream_begins_or_in_its_last_frame(make: Callable[[Generation], Any]) -> None:
    failure = FailureError("the engine failed", code="engine_error")
    with pytest.raises(FailureError):
        frames(make(generation([], failure)))
    last = events(make(generation(SAID[:1], failure)))[-1]
    assert last == {
        "error": {"message": "the engine failed", "type": "server_error", "param": None, "code": "engine_error"}
    }


def response(made: Generation) -> ResponseRendering:
    body = ResponsesRequest(model="smollm2", input="Sag hallo", metadata={"a": "b"})
    return ResponseRendering(made, body, Vocabulary())


def without_ids(response: dict[str, Any]) -> dict[str, Any]:
    """But for what differs from one rendering to the next."""
    return response | {"completed_at": 0, "output": [item | {"id": ""} for item in response["output"]]}


def test_a_response_whole_and_as_typed_events() -> None:
    plan = {"endpoint": Endpoint.RESPONSES}
    told = whole(response(generation(SAID, **plan)))
    part = {"type": "output_text", "text": "Hallo Welt", "annotations": [], "logprobs": []}
    item = {"id": "", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    assert (told["status"], without_ids(told)["output"], told["guard"], told["error"]) == (
        "completed",
        [item],
        GUARD,
        None,
    )
    assert (told["metadata"], told["text"], told["previous_response_id"]) == (
        {"a": "b"},
        {"format": {"type": "text"}, "verbosity": "medium"},
        None,
    )
    assert told["usage"] == {
        "input_tokens": 3,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 0,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 3,
    }
    streamed = events(response(generation(SAID, **plan)))
    assert [one["type"].removeprefix("response.") for one in streamed] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [one["sequence_number"] for one in streamed] == list(range(10))
    assert without_ids(streamed[-1]["response"]) == without_ids(told)
    opened = streamed[0]["response"]
    assert (opened["status"], opened["output"], opened["usage"], opened["guard"]) == ("in_progress", [], None, None)
    assert opened.keys() == told.keys()


def test_a_response_that_is_cut_or_fails() -> None:
    cut = [*SAID[:2], Piece(0, finish_reason="length")]
    told = whole(response(generation(cut)))
    assert (told["status"], told["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    failed = events(response(generation(SAID[:1], FailureError("the engine failed", code="engine_error"))))[-1]
    assert failed["type"] == "response.failed"
    assert failed["response"]["error"] == {"code": "server_error", "message": "the engine failed"}
    assert failed["response"]["output"][0]["content"][0]["text"] == "Hallo"


def test_a_response_of_text_and_calls() -> None:
    first = (CallPiece(0, "call_1", "one"), CallPiece(0, arguments='{"a"'))
    rest = (CallPiece(0, arguments=": 1}"), CallPiece(1, "call_2", "two"), CallPiece(1, arguments="{}"))
    pieces = [*SAID[:2], Piece(0, calls=first), Piece(0, calls=rest), Piece(0, finish_reason="tool_calls")]
    told = whole(response(generation(pieces)))
    assert [item["type"] for item in told["output"]] == ["message", "function_call", "function_call"]
    calls = [(item["call_id"], item["name"], item["arguments"]) for item in told["output"][1:]]
    assert calls == [("call_1", "one", '{"a": 1}'), ("call_2", "two", "{}")]
    assert {item["status"] for item in told["output"]} == {told["status"]} == {"completed"}
    streamed = events(response(generation(pieces)))
    items = [one for one in streamed if one["type"].startswith("response.output_item.")]
    assert [(one["type"].rpartition(".")[2], one["output_index"]) for one in items] == [
        (kind, index) for index in range(3) for kind in ("added", "done")
    ]
    assert [one["item"] for one in items[1::2]] == streamed[-1]["response"]["output"]


def test_a_response_without_a_word_has_an_empty_message() -> None:
    (item,) = whole(response(generation([Piece(0, finish_reason="stop")])))["output"]
    assert (item["type"], item["content"][0]["text"]) == ("message", "")
