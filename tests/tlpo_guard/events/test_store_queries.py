"""Filters, paging, deletion and what the store leaves behind, on a real SQLite file."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy import event as sa_event

from tests.served_admin import NOON, event
from tlpo_guard.errors import ConfigurationError, StoreError
from tlpo_guard.events import store as store_module
from tlpo_guard.events.store import EventStore


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


def pages(store: EventStore, limit: int, **filters: Any) -> list[list[str]]:
    found, after = [], None
    while True:
        events, after = store.page(after=after, limit=limit, **filters)
        found.append(ids(events))
        if after is None:
            return found


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["e2", "e1", "e0"]),
        ({"adapter_version": "v0001"}, ["e1"]),
        ({"kind": "word"}, ["e2"]),
        ({"action": "observed"}, ["e1"]),
        ({"kind": "script", "action": "masked"}, ["e0"]),
        ({"user": "ann", "since": NOON + timedelta(days=1)}, ["e2"]),
        ({"until": NOON + timedelta(days=2)}, ["e1", "e0"]),
        ({"kind": "none"}, []),
    ],
)
def test_pages_and_iterations_filter_alike(store: EventStore, filters: dict[str, Any], expected: list[str]) -> None:
    store.add([event(0), event(1, user="bob", adapter_version="v0001", action="observed"), event(2, kind="word")])
    assert pages(store, 10, **filters) == [expected]
    assert ids(store.iter(newest_first=True, **filters)) == expected
    assert ids(store.iter(**filters)) == expected[::-1]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 7])
def test_pages_together_hold_everything_once_also_events_of_one_moment(store: EventStore, limit: int) -> None:
    store.add([event(i, created_at=NOON + timedelta(days=i // 4)) for i in range(6)])
    found = pages(store, limit)
    assert [event_id for page in found for event_id in page] == ["e5", "e4", "e3", "e2", "e1", "e0"]
    assert {len(page) for page in found[:-1]} <= {limit}
    assert found[-1] != []


def test_a_page_goes_on_where_the_last_one_ended_though_that_event_is_gone(store: EventStore) -> None:
    store.add([event(i) for i in range(4)])
    _, after = store.page(limit=2)
    store.delete(request_id="r2")
    store.add([event(9)])
    assert ids(store.page(after=after, limit=2)[0]) == ["e1", "e0"]


@pytest.mark.parametrize(
    "cursor", ["", "e1", "bm90IGEgZGF0ZQ", "🙂", "A" * 3_000, "AA==", "MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMCB4"]
)
def test_a_cursor_that_no_page_came_with_is_refused(store: EventStore, cursor: str) -> None:
    with pytest.raises(ConfigurationError, match="no cursor of this log"):
        store.page(after=cursor)


@pytest.mark.usefixtures("small_reads")
@pytest.mark.parametrize("limit", [None, 0, 1, 3, 4, 5, 8, 9, 99])
@pytest.mark.parametrize("newest_first", [False, True])
def test_long_iterations_have_no_seams(store: EventStore, limit: int | None, newest_first: bool) -> None:
    store.add([event(i, created_at=NOON + timedelta(days=i // 3)) for i in range(9)])
    expected = [f"e{i}" for i in range(9)][:: -1 if newest_first else 1][:limit]
    assert ids(store.iter(limit=limit, newest_first=newest_first)) == expected


@pytest.mark.usefixtures("small_reads")
def test_a_reader_that_pauses_holds_up_nobody_and_misses_what_is_deleted(store: EventStore) -> None:
    store.add([event(i) for i in range(9)])
    reading = store.iter()
    assert next(reading).id == "e0"
    assert store.delete(request_id="r7") == 1
    with sqlite3.connect(store.path) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    assert busy == 0
    assert ids(reading) == ["e1", "e2", "e3", "e4", "e5", "e6", "e8"]


def test_everything_held_on_a_user_and_nothing_of_others(store: EventStore) -> None:
    store.add([event(0), event(1, user="bob"), event(2, user=None), event(3)])
    assert ids(store.export_user("ann")) == ["e0", "e3"]
    assert ids(store.export_user("")) == []


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


def test_stats_count_kinds_and_users(store: EventStore) -> None:
    store.add([event(0), event(1, user="bob", kind="word"), event(2), event(3, user=None)])
    stats = store.stats()
    assert (stats.by_kind, stats.users) == ({"script": 3, "word": 1}, 2)


def test_more_than_one_transaction_of_deletions(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "_DELETE", 10)
    store.add([event(i, user="bob" if i == 7 else "ann") for i in range(41)])
    assert store.delete(user="ann", before=NOON + timedelta(days=30)) == 29
    assert store.delete(user="ann") == 11
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
