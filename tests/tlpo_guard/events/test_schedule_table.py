"""How far schedules got, in a real database."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tlpo_guard.events.log import Schedules
from tlpo_guard.events.store import EventStore

THREE = datetime(2026, 11, 24, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def schedules(tmp_path: Path) -> Iterator[Schedules]:
    with closing(EventStore(tmp_path / "events.sqlite3")) as store:
        yield store.schedules


def test_a_schedule_begins_once(schedules: Schedules) -> None:
    assert schedules.done_until("distill") is None
    schedules.begin("distill", THREE)
    schedules.begin("distill", THREE + HOUR)
    assert schedules.done_until("distill") == THREE
    assert schedules.done_until("another") is None


def test_a_schedule_only_advances(schedules: Schedules) -> None:
    schedules.advance("distill", THREE)
    assert schedules.done_until("distill") == THREE
    schedules.advance("distill", THREE + HOUR)
    schedules.advance("distill", THREE - HOUR)
    schedules.advance("another", THREE - HOUR)
    assert (schedules.done_until("distill"), schedules.done_until("another")) == (THREE + HOUR, THREE - HOUR)
