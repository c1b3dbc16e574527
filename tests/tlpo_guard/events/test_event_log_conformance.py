"""What every event log does: the one in a database, and that of a running server, over its real routes and a real socket."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.served_admin import KEY, NOON, AdminServer, event, served_admin
from tlpo_guard.admin_client import AdminClient
from tlpo_guard.errors import ConfigurationError, EventNotFoundError, StoreError
from tlpo_guard.events import remote as remote_module
from tlpo_guard.events import store as store_module
from tlpo_guard.events.log import LONGEST_PAGE, EventLog, EventStats, TrainingLog
from tlpo_guard.events.record import Event
from tlpo_guard.events.remote import RemoteEventLog
from tlpo_guard.events.store import EventStore
from tlpo_guard.guard.points import Action, Kind
from tlpo_guard.languages.decided_by import DecidedBy

END = datetime(9999, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdminServer]:
    with served_admin(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def store(server: AdminServer) -> EventStore:
    """The database behind every log here; empty."""
    server.store.delete(before=END)
    return server.store


@pytest.fixture(params=["database", "server"])
def log(request: pytest.FixtureRequest, server: AdminServer, store: EventStore) -> Iterator[EventLog]:
    if request.param == "database":
        yield store
        return
    with closing(RemoteEventLog(AdminClient(server.url, KEY))) as remote:
        yield remote


@pytest.fixture
def small_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several reads where one would do, so that their seams show."""
    monkeypatch.setattr(store_module, "_WINDOW", 4)
    monkeypatch.setattr(store_module, "_FETCH", 3)
    monkeypatch.setattr(remote_module, "LONGEST_PAGE", 4)


def ids(events: Any) -> list[str]:
    return [found.id for found in events]


def pages(log: EventLog, limit: int, **filters: Any) -> list[list[str]]:
    found, after = [], None
    while True:
        events, after = log.page(after=after, limit=limit, **filters)
        found.append(ids(events))
        if after is None:
            return found


def test_the_implementations_are_what_the_types_say(server: AdminServer) -> None:
    training: TrainingLog = server.store
    remote: EventLog = RemoteEventLog(AdminClient(server.url, KEY))
    assert (training.label, remote.label) == (str(server.store.path), server.url)
    remote.close()


def test_an_event_comes_back_as_it_was(log: EventLog, store: EventStore) -> None:
    claims = {"admitted": "ja,zh", "claimed": "de", "settled": False, "key": "team-a", "biased": True}
    whole = event(0, user="bob\u2028\x85\n한", seed=2**62, scripts="Grek,Hani", action="observed", **claims)
    store.add([whole, event(1)])
    for found in (log.get("e0"), next(log.iter()), log.page(limit=2)[0][1], next(log.iter(user=whole.user))):
        assert found == whole
        assert (type(found.kind), type(found.action), type(found.decided_by)) == (Kind, Action, DecidedBy)


@pytest.mark.parametrize("name", ["e9", "", "export", "../stats", "..", "a/b", "?", "한", "e" * 500])
def test_an_id_that_no_event_has_is_named(log: EventLog, name: str) -> None:
    with pytest.raises(EventNotFoundError) as caught:
        log.get(name)
    assert str(caught.value) == f"no event has the id {name!r}; `tlpo-guard events list` shows them"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["e2", "e1", "e0"]),
        ({"language": "ko"}, ["e2", "e0"]),
        ({"language": "k"}, []),
        ({"request_id": "r1"}, ["e1"]),
        ({"user": "ann"}, ["e0"]),
        ({"user": ""}, []),
        ({"key": "team-a"}, ["e1"]),
        ({"key": ""}, ["e2", "e0"]),
        ({"key": "team-a", "user": "ann"}, []),
        ({"adapter_version": "v0001"}, ["e1"]),
        ({"kind": Kind.WORD}, ["e2"]),
        ({"action": Action.OBSERVED}, ["e1"]),
        ({"action": Action.REWOUND}, []),
        ({"kind": Kind.SCRIPT, "action": Action.MASKED}, ["e0"]),
        ({"user": None, "kind": None, "since": None}, ["e2", "e1", "e0"]),
        ({"since": NOON + timedelta(days=1)}, ["e2", "e1"]),
        ({"until": NOON + timedelta(days=2)}, ["e1", "e0"]),
        ({"since": NOON + timedelta(hours=1), "until": NOON + timedelta(days=1, microseconds=1)}, ["e1"]),
    ],
)
def test_pages_and_iterations_filter_alike(
    log: EventLog, store: EventStore, filters: dict[str, Any], expected: list[str]
) -> None:
    store.add(
        [
            event(0),
            event(1, user="bob", key="team-a", adapter_version="v0001", action="observed", language="ru"),
            event(2, kind="word", user=None),
        ]
    )
    assert pages(log, 10, **filters) == [expected]
    assert ids(log.iter(newest_first=True, **filters)) == expected
    assert ids(log.iter(**filters)) == expected[::-1]
    assert ids(log.iter(limit=1, **filters)) == expected[::-1][:1]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 7, LONGEST_PAGE])
def test_pages_together_hold_everything_once_also_events_of_one_moment(
    log: EventLog, store: EventStore, limit: int
) -> None:
    store.add([event(i, created_at=NOON + timedelta(days=i // 4)) for i in range(6)])
    found = pages(log, limit)
    assert [event_id for page in found for event_id in page] == ["e5", "e4", "e3", "e2", "e1", "e0"]
    assert {len(page) for page in found[:-1]} <= {limit}
    assert found[-1] != []


def test_a_page_goes_on_where_the_last_one_ended_though_that_event_is_gone(log: EventLog, store: EventStore) -> None:
    store.add([event(i) for i in range(4)])
    _, after = log.page(limit=2)
    log.delete(request_id="r2")
    store.add([event(9)])
    assert ids(log.page(after=after, limit=2)[0]) == ["e1", "e0"]


@pytest.mark.parametrize(
    "cursor", ["", "e1", "bm90IGEgZGF0ZQ", "🙂", "A" * 3_000, "AA==", "MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMCB4"]
)
def test_a_cursor_that_no_page_came_with_is_refused(log: EventLog, cursor: str) -> None:
    with pytest.raises(ConfigurationError, match="no cursor of this log"):
        log.page(after=cursor)


@pytest.mark.usefixtures("small_reads")
@pytest.mark.parametrize("limit", [None, 0, 1, 3, 4, 5, 8, 9, 99])
@pytest.mark.parametrize("newest_first", [False, True])
def test_long_iterations_have_no_seams(log: EventLog, store: EventStore, limit: int | None, newest_first: bool) -> None:
    store.add([event(i, created_at=NOON + timedelta(days=i // 3)) for i in range(9)])
    expected = [f"e{i}" for i in range(9)][:: -1 if newest_first else 1][:limit]
    assert ids(log.iter(limit=limit, newest_first=newest_first)) == expected


def test_everything_held_on_a_user_and_nothing_of_others(log: EventLog, store: EventStore) -> None:
    store.add([event(0), event(1, user="bob"), event(2, user=None), event(3)])
    assert ids(log.iter(user="ann")) == ["e0", "e3"]
    assert ids(log.iter(user="")) == []
    assert ids(log.iter(user="nobody")) == []


def test_users_of_two_keys_are_two_however_they_are_called(log: EventLog, store: EventStore) -> None:
    store.add([event(0, key="team-a"), event(1, key="team-b"), event(2)])
    assert ids(log.iter(key="team-a", user="ann")) == ["e0"]
    assert [(found.id, found.key) for found in log.iter(user="ann")] == [("e0", "team-a"), ("e1", "team-b"), ("e2", "")]
    assert log.delete(key="team-b", user="ann").by_key == {"team-b": 1}
    assert ids(store.iter()) == ["e0", "e2"]
    assert log.delete(user="ann").by_key == {"team-a": 1, "": 1}


def test_stats_count(log: EventLog, store: EventStore) -> None:
    assert log.stats() == EventStats(0, 0, 0.0, {}, {}, {}, {}, 0, {})
    store.add(
        [
            event(0, confusion_mass=0.5),
            event(1, user="bob", kind="word", action="observed", confusion_mass=0.25),
            event(2, request_id="r0", position=2, output_ids=(4, 5), language="ru", confusion_mass=0.25),
            event(3, user=None, adapter_version="v0001", confusion_mass=0.5),
            event(4, key="team-a", confusion_mass=0.375),
        ]
    )
    assert log.stats() == EventStats(
        total=5,
        requests=4,
        mean_confusion_mass=0.375,
        by_language={"ko": 4, "ru": 1},
        by_action={"masked": 4, "observed": 1},
        by_adapter={"base": 4, "v0001": 1},
        by_kind={"script": 4, "word": 1},
        users=3,
        by_key={"": 4, "team-a": 1},
    )


@pytest.mark.parametrize(
    ("wanted", "gone"),
    [
        ({"request_id": "r1"}, ["e1"]),
        ({"user": "ann"}, ["e0", "e2"]),
        ({"user": ""}, []),
        ({"before": NOON + timedelta(days=1)}, ["e0"]),
        ({"before": END}, ["e0", "e1", "e2", "e3"]),
        ({"user": "ann", "before": NOON + timedelta(days=1)}, ["e0"]),
        ({"user": "ann", "request_id": "r1"}, []),
    ],
)
def test_delete_takes_what_fits_all_that_is_given(
    log: EventLog, store: EventStore, wanted: dict[str, Any], gone: list[str]
) -> None:
    events = [event(0), event(1, user="bob"), event(2), event(3, user=None)]
    store.add(events)
    assert log.delete(**wanted).count == len(gone)
    assert ids(store.iter()) == ids(log.iter()) == [kept.id for kept in events if kept.id not in gone]


def test_delete_of_nothing_in_particular_is_refused(log: EventLog, store: EventStore) -> None:
    store.add([event(0)])
    with pytest.raises(
        StoreError, match="nothing says which events to delete; give a request, a key, a user or a date"
    ):
        log.delete()
    assert ids(log.iter()) == ["e0"]


def test_what_is_deleted_while_somebody_reads_is_never_torn(log: EventLog, store: EventStore) -> None:
    added = [event(i) for i in range(9)]
    store.add(added)
    reading = log.iter()
    read: list[Event] = [next(reading)]
    assert log.delete(request_id="r7").count == 1
    read += reading
    assert [found for found in read if found.id != "e7"] == [whole for whole in added if whole.id != "e7"]


@pytest.mark.parametrize(
    "act",
    [
        lambda log: log.get("e0"),
        lambda log: next(log.iter()),
        lambda log: next(log.iter(newest_first=True)),
        lambda log: log.page(),
        lambda log: next(log.iter(user="secret-name")),
        lambda log: log.stats(),
        lambda log: log.delete(user="secret-name"),
    ],
)
def test_a_database_that_fails_is_told_as_such_and_without_what_was_asked(
    log: EventLog, store: EventStore, act: Callable[[EventLog], object]
) -> None:
    store.add([event(0)])
    rename(store, "events", "gone")
    try:
        with pytest.raises(StoreError, match="no such table: events") as caught:
            act(log)
    finally:
        rename(store, "gone", "events")
    assert "secret-name" not in str(caught.value)


def rename(store: EventStore, old: str, new: str) -> None:
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute(f"ALTER TABLE {old} RENAME TO {new}")
        connection.commit()
