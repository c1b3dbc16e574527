"""What the store does beyond an event log, and what it leaves behind, on a real SQLite file."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy import event as sa_event

from tests.served_admin import NOON, event
from tlpo_guard.errors import StoreError
from tlpo_guard.events import store as store_module
from tlpo_guard.events.log import Tally
from tlpo_guard.events.store import EventStore
from tlpo_guard.guard.points import Action


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    opened = EventStore(tmp_path / "events.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def small_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several reads where one would do, so that their seams show."""
    monkeypatch.setattr(store_module, "_WINDOW", 4)
    monkeypatch.setattr(store_module, "_FETCH", 3)


def ids(events: Any) -> list[str]:
    return [found.id for found in events]


@pytest.mark.usefixtures("small_reads")
def test_a_reader_that_pauses_holds_up_nobody_and_misses_what_is_deleted(store: EventStore) -> None:
    store.add([event(i) for i in range(9)])
    reading = store.iter()
    assert next(reading).id == "e0"
    assert store.delete(request_id="r7").count == 1
    with sqlite3.connect(store.path) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    assert busy == 0
    assert ids(reading) == ["e1", "e2", "e3", "e4", "e5", "e6", "e8"]


def test_adding_counts_what_is_new_and_does_not_read_the_table(store: EventStore) -> None:
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement.split()[0])

    sa_event.listen(Engine, "before_cursor_execute", note)
    try:
        assert store.add([event(0), event(1), event(1), event(2, request_id="r0")]) == 2
        assert store.add([event(1), event(3)]) == 1
        assert store.add([event(1)]) == 0
        assert store.add([]) == 0
    finally:
        sa_event.remove(Engine, "before_cursor_execute", note)
    assert statements == ["INSERT"] * 3
    assert store.stats().total == 3


@pytest.mark.usefixtures("small_reads")
def test_many_events_come_by_their_ids_less_those_that_are_not_there(store: EventStore) -> None:
    store.add([event(i) for i in range(9)])
    assert store.get_many([]) == []
    wanted = ["e7", "none", "e0", "e3", "e8", "e1"]
    assert sorted(ids(store.get_many(wanted))) == ["e0", "e1", "e3", "e7", "e8"]


def test_more_than_one_transaction_of_deletions(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "_DELETE", 10)
    store.add([event(i, user="bob" if i == 7 else "ann") for i in range(41)])
    assert store.delete(user="ann", before=NOON + timedelta(days=30)).count == 29
    assert store.delete(user="ann").count == 11
    assert ids(store.iter()) == ["e7"]


def test_deleted_text_is_not_left_in_the_file(store: EventStore) -> None:
    store.add([event(i, user="a-name-to-forget" if i % 2 else "ann") for i in range(200)])
    store.delete(user="a-name-to-forget")
    store.close()
    assert b"a-name-to-forget" not in store.path.read_bytes()
    assert b"ann" in store.path.read_bytes()


def test_errors_do_not_hold_what_was_asked_or_logged(store: EventStore) -> None:
    with create_engine(f"sqlite:///{store.path}").begin() as connection:
        connection.execute(text("ALTER TABLE events RENAME TO gone"))
    for act in (lambda: store.add([event(0, user="secret-name")]), lambda: store.page(user="secret-name")):
        with pytest.raises(StoreError, match="no such table: events") as caught:
            act()
        assert "secret-name" not in f"{caught.value} {caught.value.__cause__}"


def test_the_tally_of_a_request_counts_its_events_by_what_became_of_them(store: EventStore) -> None:
    actions = (Action.MASKED, Action.STOOD_BACK, Action.STOOD_BACK)
    store.add([event(i, request_id="r", position=i, action=action) for i, action in enumerate(actions)])
    store.add([event(9, request_id="other")])
    assert store.tally("r") == Tally(events=3, stood_back=2)
    assert store.tally("nobody's") == Tally(events=0, stood_back=0)
