"""Retention on a real store, with clocks that the test sets."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from server.operations.erasure import Erasure
from server.operations.retention import keep_retention
from tests.served_admin import NOON, event
from tlpo_guard.events.store import EventStore

HOUR = 3600.0
DAY = 24 * HOUR


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    opened = EventStore(tmp_path / "events.sqlite3")
    yield opened
    opened.close()


class Clocks:
    """One run of the retention an hour; `jumps` are the seconds that the wall clock goes wrong before a run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: EventStore, jumps: list[float]) -> None:
        self.store = store
        self.wall, self.monotonic = NOON, 1_000.0
        self.jumps = iter(jumps)
        self.left: list[list[str]] = []  # after every run
        monkeypatch.setattr("server.operations.retention.asyncio.sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.left.append([found.id for found in self.store.iter()])
        jump = next(self.jumps, None)
        if jump is None:
            raise asyncio.CancelledError
        self.monotonic += seconds
        self.wall += timedelta(seconds=seconds + jump)

    def run(self, days: float) -> list[list[str]]:
        keeping = keep_retention(
            self.store, days, Erasure(self.store.erase), clock=lambda: self.wall, monotonic=lambda: self.monotonic
        )
        with suppress(asyncio.CancelledError):
            asyncio.run(keeping)
        return self.left


def test_what_is_too_old_goes_at_once_and_what_gets_too_old_later(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute = timedelta(minutes=1)
    ages = [timedelta(days=30) + minute, timedelta(days=30) - 90 * minute, timedelta(days=30) - 150 * minute]
    store.add([event(i, created_at=NOON - age) for i, age in enumerate(ages)])
    assert Clocks(monkeypatch, store, [0, 0, 0]).run(30) == [["e1", "e2"], ["e1", "e2"], ["e2"], []]


def test_a_clock_that_jumps_ahead_and_back_deletes_nothing(
    store: EventStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store.add([event(0, created_at=NOON)])
    left = Clocks(monkeypatch, store, [0, 400 * DAY, -400 * DAY, 500 * DAY, -500 * DAY, 0]).run(30)
    assert left == [["e0"]] * 7
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 2
    assert "the clock jumped by +34560000 s" in warnings[0]


def test_a_clock_that_stays_where_it_jumped_to_is_believed_after_one_more_interval(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add([event(0, created_at=NOON)])
    assert Clocks(monkeypatch, store, [400 * DAY, 0, 0]).run(30) == [["e0"], ["e0"], [], []]


def test_a_clock_that_jumps_every_time_is_never_believed(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add([event(0, created_at=NOON)])
    assert Clocks(monkeypatch, store, [400 * DAY] * 5).run(30) == [["e0"]] * 6


def test_a_clock_that_is_set_by_less_than_an_hour_is_no_jump(
    store: EventStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store.add([event(0, created_at=NOON - timedelta(days=30) + timedelta(minutes=80))])
    assert Clocks(monkeypatch, store, [0.5 * HOUR]).run(30) == [["e0"], []]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_store_that_fails_is_tried_again(
    store: EventStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def rename(old: str, new: str) -> None:
        with create_engine(f"sqlite:///{store.path}").begin() as connection:
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    async def scene() -> None:
        keeping = asyncio.create_task(keep_retention(store, 30, Erasure(store.erase), interval_seconds=0.05))
        while not any("could not be deleted" in record.getMessage() for record in caplog.records):
            await asyncio.sleep(0.01)
        rename("gone", "events")
        while await asyncio.to_thread(list, store.iter()):
            await asyncio.sleep(0.01)
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping

    store.add([event(0, created_at=datetime.now(UTC) - timedelta(days=31))])
    rename("events", "gone")
    asyncio.run(asyncio.wait_for(scene(), 30))


@pytest.mark.parametrize("days", [1e6, 1e12])
def test_a_retention_longer_than_the_calendar_deletes_nothing(
    store: EventStore, monkeypatch: pytest.MonkeyPatch, days: float
) -> None:
    store.add([event(0)])
    assert Clocks(monkeypatch, store, [0]).run(days) == [["e0"], ["e0"]]
