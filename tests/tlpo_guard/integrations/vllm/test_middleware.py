"""The middleware before vLLM's server, on an application that notes what comes through."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.tlpo_guard.integrations.vllm.stand_in import ANSWER, KEY, Engine, StandIn
from tlpo_guard.events.opening import open_store
from tlpo_guard.guard_options import parse_arguments
from tlpo_guard.keys import key_hash

KOREAN = "서울의 날씨가 어떤지 알려 주세요. 내일은 비가 올까요?"
FIELDS = {
    "language", "admitted", "decided_by", "mode", "reasoning", "events", "rewinds", "stood_back", "deadline_exceeded"
}  # fmt: skip


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder, in which the log of events is, empty."""
    monkeypatch.setenv("TLPO_GUARD_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("VLLM_API_KEY", raising=False)
    open_store(tmp_path / "events.sqlite3").close()
    return tmp_path


def chat(*texts: str, **more: Any) -> dict[str, Any]:
    return {"model": "smollm2", "messages": [{"role": "user", "content": text} for text in texts], **more}


def arguments(stand_in: StandIn) -> dict[str, Any]:
    told: dict[str, Any] = stand_in.seen[-1]["vllm_xargs"]
    return told


def test_the_engine_is_told_what_only_the_front_end_knows() -> None:
    stand_in = StandIn()
    reply = stand_in.ask(chat(KOREAN, user="u-7"))
    told = parse_arguments(arguments(stand_in))
    assert told.languages == ["ko"] and str(told.mode) == "mask" and str(told.decided_by) == "prompt"
    assert told.brought == [KOREAN] and told.user == "u-7" and told.adapter == "base" and told.key == ""
    assert told.request == f"chatcmpl-{reply.json()['id']}"
    assert stand_in.seen[-1]["messages"] == chat(KOREAN)["messages"]


def test_the_engine_is_told_what_an_answer_goes_on_from() -> None:
    stand_in, begun = StandIn(), {"role": "assistant", "content": "```python\nfor x in"}
    body = chat(KOREAN)
    body["messages"].append(begun)
    stand_in.ask(body | {"continue_final_message": True, "vllm_xargs": {"guard_begun": "of the client"}})
    assert parse_arguments(arguments(stand_in)).begun == begun["content"]
    stand_in.ask(body | {"vllm_xargs": {"guard_begun": "of the client"}})
    assert parse_arguments(arguments(stand_in)).begun == ""


@pytest.mark.parametrize("where", ["guard", "vllm_xargs"])
def test_a_request_says_its_own_options_in_either_form(where: str) -> None:
    stand_in = StandIn()
    given: dict[str, Any] = {"mode": "observe", "languages": ["ja"], "allow_english": False}
    if where == "vllm_xargs":
        given = {f"guard_{name}": value for name, value in given.items()} | {"guard_languages": "ja", "others": 3}
    reply = stand_in.ask(chat(KOREAN, **{where: given}))
    told = parse_arguments(arguments(stand_in))
    assert (str(told.mode), told.languages, told.allow_english) == ("observe", ["ja"], False)
    assert str(told.decided_by) == "request"
    assert arguments(stand_in).get("others") == (3 if where == "vllm_xargs" else None)
    assert "guard" not in stand_in.seen[-1]
    assert reply.json()["guard"]["language"] == "ja"


def test_what_a_client_sends_under_the_front_ends_names_is_overwritten() -> None:
    stand_in = StandIn()
    forged = {
        "request": "theirs",
        "key": "admin",
        "user": "somebody",
        "adapter": "v0009",
        "admitted": "ru",
        "claimed": "ru",
    }
    forged |= {"decided_by": "server", "confidence": 0.1, "brought": "Привет"}
    stand_in.ask(chat(KOREAN, vllm_xargs={f"guard_{name}": value for name, value in forged.items()}))
    told = parse_arguments(arguments(stand_in))
    assert told.request != "theirs" and told.key == "" and told.user is None and told.adapter == "base"
    assert not told.admitted and not told.claimed and told.brought == [KOREAN]
    assert str(told.decided_by) == "prompt" and told.confidence > 0.1
    refused = StandIn().ask(chat(KOREAN, guard={"adapter": "v0009"}))
    assert refused.status_code == 400 and refused.json()["error"]["message"] == "guard.adapter is not known"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"guard": {"mode": "strict"}}, "guard_mode"),
        ({"guard": {"language": "ko"}}, "guard_language is not known"),
        ({"guard": "mask"}, "guard must be an object"),
        ({"vllm_xargs": {"guard_languages": "xx-nonsense"}}, "xx-nonsense"),
        ({"vllm_xargs": {"guard_mode": "rewind"}}, "own server"),
    ],
)
def test_options_that_cannot_be_used_are_refused_before_the_model_sees_them(body: dict[str, Any], message: str) -> None:
    stand_in = StandIn()
    reply = stand_in.ask(chat(KOREAN, **body))
    assert reply.status_code == 400 and message in reply.json()["error"]["message"]
    assert not stand_in.seen


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"vllm_xargs": 3, "guard": {"mode": "x"}}', b""]
)
def test_what_cannot_be_read_goes_through_as_it_is(body: bytes) -> None:
    stand_in = StandIn()
    reply = stand_in.ask(body)
    assert stand_in.read <= 1 and "guard" not in reply.text.replace('"guard": {"mode"', "")
    if stand_in.seen:
        seen = stand_in.seen[-1]
        assert seen == (body if isinstance(seen, bytes) else json.loads(body))


def test_messages_of_another_form_are_left_to_vllm() -> None:
    stand_in = StandIn()
    for messages in ("text", [3], [{"content": "x"}], [{"role": "user", "content": 3}], None):
        stand_in.ask({"model": "smollm2", "messages": messages})
        assert stand_in.seen[-1]["messages"] == messages
        assert "guard_languages" not in arguments(stand_in)


def test_other_paths_and_methods_pass() -> None:
    stand_in = StandIn()
    stand_in.ask({"vllm_xargs": {"guard_key": "x"}}, path="/other")
    assert stand_in.seen == [{"vllm_xargs": {"guard_key": "x"}}]


def test_every_endpoint_reads_its_own_conversation() -> None:
    stand_in = StandIn()
    stand_in.ask({"prompt": KOREAN}, path="/v1/completions")
    assert arguments(stand_in)["guard_languages"] == ["ko"]
    assert arguments(stand_in)["guard_request"] == f"cmpl-{stand_in.seen[-1]['request_id']}"
    stand_in.ask(
        {"instructions": "Answer in Japanese.", "input": [{"role": "user", "content": KOREAN}]}, path="/v1/responses"
    )
    assert arguments(stand_in)["guard_languages"] == ["ja"]
    assert arguments(stand_in)["guard_request"] == stand_in.seen[-1]["request_id"]
    assert stand_in.seen[-1]["request_id"].startswith("resp_")
    parts = [{"type": "text", "text": KOREAN}, {"type": "image_url", "image_url": {"url": "data:"}}]
    stand_in.ask({"messages": [{"role": "user", "content": parts}]})
    assert arguments(stand_in)["guard_languages"] == ["ko"]


def test_prompts_of_several_languages_share_what_keeps_none_of_them_back() -> None:
    stand_in = StandIn()
    stand_in.ask({"prompt": [KOREAN, "明日の天気はどうですか。雨は降りますか。"]}, path="/v1/completions")
    assert set(arguments(stand_in)["guard_languages"]) == {"ko", "ja"}
    for unknown in ([KOREAN, [1, 2, 3]], [1, 2, 3], [KOREAN, ""]):
        stand_in.ask({"prompt": unknown}, path="/v1/completions")
        assert "guard_languages" not in arguments(stand_in)


def test_a_forced_call_is_not_guarded() -> None:
    stand_in = StandIn()
    stand_in.ask(chat(KOREAN, tools=[{"type": "function", "function": {"name": "f"}}], tool_choice="required"))
    assert arguments(stand_in)["guard_mode"] == "off"


def test_long_conversations_are_read_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from tlpo_guard.integrations.vllm.front import telling

    threads, read = [], telling.guarding
    monkeypatch.setattr(
        telling, "guarding", lambda *given: (threads.append(threading.current_thread()), read(*given))[1]
    )
    stand_in = StandIn()
    stand_in.ask(chat(KOREAN))
    stand_in.ask(chat(*[KOREAN] * 200))
    assert threads[0] is threading.main_thread() and threads[1] is not threading.main_thread()
    assert arguments(stand_in)["guard_languages"] == ["ko"]


def test_the_reply_says_what_the_guard_did_and_is_otherwise_the_same() -> None:
    stand_in = StandIn()
    reply = stand_in.ask(chat(KOREAN))
    body = reply.json()
    assert set(body["guard"]) == FIELDS
    assert body["guard"] | {"language": "ko", "mode": "mask", "events": 0, "stood_back": 0} == body["guard"]
    assert body["choices"][0]["message"]["content"] == ANSWER
    assert int(reply.headers["content-length"]) == len(reply.content)


def test_the_last_chunk_of_a_stream_says_it_and_the_others_are_the_same_bytes() -> None:
    reply = StandIn().ask(chat(KOREAN, stream=True))
    frames = reply.text.split("\n\n")
    chunks = [json.loads(frame.removeprefix("data: ")) for frame in frames[:-2]]
    assert frames[-2:] == ["data: [DONE]", ""]
    assert ["guard" in chunk for chunk in chunks] == [False, False, True, True]
    assert all(set(chunk["guard"]) == FIELDS for chunk in chunks[2:])
    assert chunks[3]["usage"] == {"total_tokens": 3}


def test_an_error_of_vllm_stays_as_it_is() -> None:
    assert StandIn().ask(b"{").json() == {"error": {"message": "vLLM cannot read this", "code": 400}}


def test_the_reply_waits_until_the_events_are_stored() -> None:
    engine = Engine([[(3, 1), None], [(4, 2)], [(5, 3)], [(9, 9)]])
    StandIn(engine).ask(chat(KOREAN))
    assert engine.calls == 3  # the three that were known are stored; later ones are of others


def test_nothing_is_waited_for_where_nothing_is_guarded() -> None:
    engine = Engine()
    reply = StandIn(engine).ask(chat(KOREAN, guard={"mode": "off"}))
    assert engine.calls == 0 and reply.json()["guard"]["mode"] == "off" and reply.json()["guard"]["language"] is None


def test_an_engine_without_the_guard_is_told_as_off() -> None:
    assert StandIn(Engine([[None]])).ask(chat(KOREAN)).json()["guard"]["mode"] == "off"


def test_a_fault_costs_no_answer(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    from tlpo_guard.integrations.vllm.front import answering, telling

    with caplog.at_level(logging.CRITICAL):
        dead = StandIn(Engine([RuntimeError("the engine is gone")])).ask(chat(KOREAN)).json()
        assert dead["choices"][0]["message"]["content"] == ANSWER and dead["guard"]["events"] is None
        for module, name in ((telling, "guarding"), (answering, "guard_object")):
            with monkeypatch.context() as patched:
                patched.setattr(module, name, lambda *_, **__: 1 / 0)
                stand_in = StandIn()
                for stream in (False, True):
                    reply = stand_in.ask(chat(KOREAN, stream=stream))
                    assert reply.status_code == 200 and "guard" not in reply.text
                    assert arguments(stand_in)["guard_key"] == ""


def test_the_id_of_the_reply_is_that_of_its_events_and_no_other_request_has_it() -> None:
    stand_in = StandIn()
    for given in ("mine", "mine", "a b\tc"):
        stand_in.ask(chat(KOREAN, request_id="theirs"), headers={"X-Request-Id": given})
    ids = [body["request_id"] for body in stand_in.seen]
    assert len(set(ids)) == 3 and ids[0].startswith("mine-") and " " not in ids[2]
    assert [headers["x-request-id"] for headers in stand_in.headers] == ids
    assert [body["vllm_xargs"]["guard_request"] for body in stand_in.seen] == [f"chatcmpl-{one}" for one in ids]


def test_a_key_has_its_name_and_policy_and_never_shows(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = data / "keys.toml"
    entry = f'[[keys]]\nname = "team"\nhash = "{key_hash(KEY)}"\nlanguages = ["ja"]\nguard_mode = "observe"\n'
    headers = {"Authorization": f"Bearer {KEY}"}
    unnamed = StandIn(refuses=True)
    unnamed.ask(chat(KOREAN), headers=headers)
    assert arguments(unnamed)["guard_key"] == f"key-{key_hash(KEY)[7:19]}"
    open_to_all = StandIn()
    open_to_all.ask(chat(KOREAN), headers=headers)
    assert arguments(open_to_all)["guard_key"] == ""
    file.write_text(entry)
    monkeypatch.setenv("TLPO_GUARD_KEYS_FILE", str(file))
    named = StandIn(refuses=True)
    named.ask(chat(KOREAN), headers=headers)
    told = parse_arguments(arguments(named))
    assert (told.key, told.languages, str(told.mode)) == ("team", ["ja"], "observe")
    assert KEY not in json.dumps([unnamed.seen, named.seen])


def test_a_body_without_a_valid_key_is_not_read() -> None:
    stand_in = StandIn(refuses=True)
    reply = stand_in.ask(chat(KOREAN, guard={"mode": "nonsense"}))
    assert reply.status_code == 401 and stand_in.read == 0


def test_a_body_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLPO_GUARD_MAX_BODY_BYTES", "1000")
    stand_in = StandIn()
    assert stand_in.ask(chat(KOREAN)).status_code == 200
    reply = stand_in.ask(chat("x" * 1000))
    assert reply.status_code == 413 and "1000 bytes" in reply.json()["error"]["message"] and stand_in.read == 1
