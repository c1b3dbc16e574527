"""The confusion log on a real SQLite file."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from tlpo_guard.errors import EventNotFoundError, StoreError
from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.events.store import EventStore
from tlpo_guard.events.writer import EventWriter

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
EVENT = Event(
    id="0",
    created_at=NOON,
    request_id="r0",
    user="ann",
    model="m",
    base_fingerprint="b",
    tokenizer_fingerprint="t",
    adapter_version="base",
    language="ko",
    decided_by="prompt",
    confidence=1.0,
    allow_english=False,
    allow_hanja=False,
    prompt_ids=(1, 2, 3),
    output_ids=(4,),
    position=1,
    token_id=7,
    kind="script",
    candidates=(Candidate(7, -0.5, True), Candidate(8, -1.0, False)),
    confusion_mass=0.6,
    action="masked",
    replacement_id=8,
    temperature=0.7,
    top_p=1.0,
    top_k=None,
    seed=None,
    detector_version="script-1",
)


def event(number: int, **change: object) -> Event:
    moved = {"id": str(number), "request_id": f"r{number}", "created_at": NOON + timedelta(minutes=number)}
    return replace(EVENT, **(moved | change))  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> EventStore:
    return EventStore(tmp_path / "events.sqlite3")


def test_an_event_comes_back_as_it_was(store: EventStore) -> None:
    assert store.add([EVENT]) == 1
    assert store.get("0") == EVENT
    with pytest.raises(EventNotFoundError, match="'1'"):
        store.get("1")


def test_the_same_point_of_a_request_is_kept_once_and_of_another_request_again(store: EventStore) -> None:
    assert store.add([EVENT, event(1, request_id="r0"), event(2)]) == 2
    assert [e.id for e in store.iter()] == ["0", "2"]


def test_filters_order_and_limit(store: EventStore) -> None:
    store.add([event(0), event(1, language="ru"), event(2, user=None)])
    assert [e.id for e in store.iter(newest_first=True, limit=2)] == ["2", "1"]
    assert [e.id for e in store.iter(language="ko")] == ["0", "2"]
    assert [e.id for e in store.iter(user="ann", since=NOON + timedelta(seconds=30))] == ["1"]
    store.mark_distilled(["0"], "v0001")
    assert [e.id for e in store.iter(fresh_only=True)] == ["1", "2"]
    assert store.stats().by_language == {"ko": 2, "ru": 1}


def test_delete_by_request_user_and_age(store: EventStore) -> None:
    store.add([event(i, user="bob" if i == 3 else "ann") for i in range(5)])
    assert store.delete(request_id="r4").count == 1
    assert store.delete(user="bob").count == 1
    assert store.delete(before=NOON + timedelta(minutes=1)).count == 1
    assert [e.id for e in store.iter()] == ["1", "2"]
    with pytest.raises(StoreError, match="request, a key, a user or a date"):
        store.delete()


def test_a_store_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        EventStore(tmp_path / "file" / "events.sqlite3")


def test_after_the_barrier_events_are_committed(store: EventStore) -> None:
    writer = EventWriter(store)
    assert all(writer.put(event(i)) for i in range(300))
    assert writer.barrier(EVENT.request_id).result(timeout=30) is True
    assert EventStore(store.path).stats().total == 300
    assert (writer.counters.written, writer.counters.pending) == (300, 0)
    writer.close()


def test_a_failing_store_is_counted_and_told_and_does_not_end_the_writer(store: EventStore) -> None:
    writer = EventWriter(store)
    with create_engine(f"sqlite:///{store.path}").begin() as connection:
        connection.execute(text("ALTER TABLE events RENAME TO gone"))
    writer.put(event(0))
    assert writer.barrier(EVENT.request_id).result(timeout=30) is False
    assert writer.counters.failed == 1
    with create_engine(f"sqlite:///{store.path}").begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO events"))
    writer.put(event(1))
    assert writer.barrier(EVENT.request_id).result(timeout=30) is True
    writer.close()


def test_a_full_queue_drops_and_counts(store: EventStore) -> None:
    writer = EventWriter(store, capacity=0)
    assert writer.put(EVENT) is False
    assert writer.counters.dropped == 1
    writer.close()


def test_without_context_no_text_is_kept(store: EventStore) -> None:
    writer = EventWriter(store, log_context="none")
    writer.put(EVENT)
    writer.barrier(EVENT.request_id).result(timeout=30)
    writer.close()
    kept = store.get("0")
    assert (kept.prompt_ids, kept.output_ids, kept.position) == ((), (), 1)


def test_a_failure_is_told_to_the_request_that_it_hit(store: EventStore) -> None:
    writer = EventWriter(store)
    engine = create_engine(f"sqlite:///{store.path}")
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE events RENAME TO gone"))
    writer.put(replace(EVENT, request_id="unlucky"))
    assert writer.barrier("another").result(timeout=30) is True
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO events"))
    writer.put(replace(EVENT, request_id="lucky"))
    assert writer.barrier("lucky").result(timeout=30) is True
    assert writer.barrier("unlucky").result(timeout=30) is False
    assert writer.barrier("unlucky").result(timeout=30) is True  # told once
    writer.close()


def test_a_store_of_the_first_version_is_brought_up_to_date(store: EventStore) -> None:
    store.add([replace(EVENT, scripts="Grek", admitted="ja", claimed="de", settled=False, key="a", biased=True)])
    engine = create_engine(f"sqlite:///{store.path}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(files("tlpo_guard.events") / "migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    again = EventStore(store.path)
    assert list(again.iter()) == [replace(EVENT, scripts="", admitted="", claimed="", settled=None)]
    new = replace(EVENT, id="new", request_id="new", scripts="Grek,Hani", admitted="ja,zh", claimed="de", settled=False)
    new = replace(new, key="team-a", biased=True)
    again.add([new])
    assert again.get("new") == new
    again.close()
