"""Repair while streaming, on the real model: English in German answers goes before anybody sees it."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.prompts import latin_prompts
from tests.server.conftest import Server, start
from tlpo_guard.brought import Brought
from tlpo_guard.events.record import Event
from tlpo_guard.events.store import EventStore
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.judge import AnswerJudge
from tlpo_guard.words.drift import WordDrift, watched

ENOUGH = 2  # answers that went back
GERMAN = WordDrift(("de",), watched(("de",)))
JUDGE = AnswerJudge(GuardPolicy(languages=("de",)))


@pytest.fixture
def server(tmp_path: Path, model_cache: Path) -> Iterator[Server]:
    """Without shared prefixes: only then is an answer the same to the last bit whatever was asked before it."""
    server = start(tmp_path / "data", model_cache, "--no-prefix-caching")
    yield server
    server.stop()


def ask(server: Server, prompt: str, mode: str) -> tuple[str, Any, str]:
    """Text as it was streamed, what the guard says of it, and the request's id."""
    body = {
        "model": "smollm2",
        "messages": [{"role": "user", "content": prompt}],
        "max_tokens": 64,
        "temperature": 0.7,
        "seed": 1,
        "stream": True,
        "guard": {"mode": mode, "languages": ["de"]},
    }
    text, frame = "", {}
    headers = {"Authorization": "Bearer secret-of-the-tests"}
    with httpx.stream("POST", f"{server.url}/v1/chat/completions", json=body, headers=headers, timeout=120) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                frame = json.loads(line.removeprefix("data: "))
                text += frame["choices"][0]["delta"].get("content") or ""
    return text, frame["guard"], frame["id"]


def switches(text: str, prompt: str) -> int:
    return len(GERMAN.alarms(JUDGE.judged_words(text, Brought((prompt,)))))


def events(server: Server, request_id: str) -> list[Event]:
    with closing(EventStore(server.data_dir / "events.sqlite3")) as store:
        return list(store.iter(request_id=request_id))


def test_english_in_german_answers_goes_before_anybody_sees_it_and_nothing_else_changes(server: Server) -> None:
    went_back = untouched = before = after = 0
    for prompt in latin_prompts("de"):
        unguarded, _, _ = ask(server, prompt, "off")
        text, guard, request_id = ask(server, prompt, "rewind")
        if not guard["rewinds"]:
            assert guard["stood_back"] or text == unguarded
            untouched += 1
            continue
        went_back += 1
        before += switches(unguarded, prompt)
        after += switches(text, prompt)
        told = [event for event in events(server, request_id) if event.kind == "word"]
        assert told and {event.action for event in told} <= {"rewound", "stood_back"}
        assert all(event.token_id != event.replacement_id for event in told)
        assert unguarded != text
        if went_back >= ENOUGH and untouched:
            break
    assert went_back >= ENOUGH and untouched
    assert before > 0 and after == 0
