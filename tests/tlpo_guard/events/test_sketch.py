"""The log without its contexts, on a real SQLite file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.served_admin import event
from tlpo_guard.events import sketch as sketch_module
from tlpo_guard.events.store import EventStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    with closing(EventStore(tmp_path / "events.sqlite3")) as opened:
        yield opened


def ids(store: EventStore, *not_in: str) -> list[str]:
    return [found.event_id for found in store.sketches(not_in=not_in)]


def test_a_sketch_says_what_is_logged_and_how_long_it_is(store: EventStore) -> None:
    whole = event(1, user="bob", confusion_mass=0.5)
    store.add([whole])
    store.add([event(2)], with_context=False)
    first, second = store.sketches()
    assert (first.event_id, first.request_id, first.user, first.language) == ("e1", "r1", "bob", "ko")
    assert (first.token_id, first.position, first.confusion_mass, first.confidence) == (7, 1, 0.5, 1.0)
    assert (first.base_fingerprint, first.tokenizer_fingerprint) == ("b", "t")
    assert first.context_hash == whole.context_hash
    assert (first.context_characters, first.has_prompt, first.odd) == (len("[1, 2, 3][4]"), True, False)
    assert (second.context_characters, second.has_prompt) == (4, False)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8])
def test_long_logs_have_no_seams(store: EventStore, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(sketch_module, "_WINDOW", 4)
    store.add([event(number) for number in range(count)])
    assert ids(store) == [f"e{number}" for number in range(count)]


def test_what_some_versions_have_learnt_does_not_come(store: EventStore) -> None:
    store.add([event(number) for number in range(4)])
    store.mark_distilled(["e0"], "v0001")
    store.mark_distilled(["e1"], "v0002")
    assert ids(store, "v0001") == ["e1", "e2", "e3"]
    assert ids(store, "v0001", "v0002") == ["e2", "e3"]


def test_a_reader_that_pauses_holds_up_nobody(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketch_module, "_WINDOW", 4)
    store.add([event(number) for number in range(9)])
    reading = store.sketches()
    assert next(reading).event_id == "e0"
    assert store.delete(request_id="r7").count == 1
    with closing(sqlite3.connect(store.path)) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
    assert [found.event_id for found in reading] == ["e1", "e2", "e3", "e4", "e5", "e6", "e8"]


@pytest.mark.parametrize(
    "change",
    [
        "confusion_mass = 'nan'",
        "confidence = x'00'",
        "token_id = 'seven'",
        "position = 0.5",
        "candidates = '[[7, NaN, true]]'",
    ],
)
def test_numbers_that_are_none_are_told(store: EventStore, change: str) -> None:
    store.add([event(1), event(2)])
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute(f"UPDATE events SET {change} WHERE id = 'e2'")
        connection.commit()
    assert [found.odd for found in store.sketches()] == [False, True]
