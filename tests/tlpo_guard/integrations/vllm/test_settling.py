"""What the server's process learns of the events in the engine's, and what it does where it learns nothing."""

import asyncio
import logging
import time
from pathlib import Path

import pytest

from tests.served_admin import event
from tests.tlpo_guard.integrations.vllm.stand_in import Engine
from tlpo_guard.events.log import Tally
from tlpo_guard.events.opening import open_store
from tlpo_guard.integrations.vllm import settling
from tlpo_guard.integrations.vllm.settling import EngineEvents, Settled, settle, works_here


class Guard:
    """A guard whose events are stored one at each look."""

    def __init__(self, known: int) -> None:
        self.known, self.stored = known, 0

    def settle(self) -> Settled:
        self.stored = min(self.known, self.stored + 1)
        return Settled(self.known, self.stored)


@pytest.fixture(autouse=True)
def nobody_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "_works", [])


def test_a_worker_tells_what_its_guard_has_settled() -> None:
    assert settle(object()) is None
    works_here(Guard(3))
    assert settle(object()) == (3, 1)
    assert settle(object(), 5.0) == (3, 3)


def test_a_worker_waits_no_longer_than_it_is_told() -> None:
    works_here(Guard(10**9))
    began = time.monotonic()
    told = settle(object(), 0.02)
    assert told is not None and told.stored < told.known and time.monotonic() - began < 5


def test_the_log_is_opened_once_for_requests_that_end_together(tmp_path: Path) -> None:
    store = open_store(tmp_path / "events.sqlite3")
    store.add([event(1), event(2)])
    store.close()
    events = EngineEvents(Engine(), tmp_path / "events.sqlite3")

    async def together() -> list[tuple[bool, Tally | None]]:
        return await asyncio.gather(*(events.settled(f"r{i}") for i in range(8)))

    told = asyncio.run(together())
    assert told == [(True, Tally(int(i in (1, 2)), 0)) for i in range(8)]


def test_a_store_that_is_ill_holds_up_one_answer_and_not_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(settling, "_COMMIT_SECONDS", 0.1)
    engine = Engine([[(1, 0)]])
    events = EngineEvents(engine, tmp_path / "events.sqlite3")
    with caplog.at_level(logging.CRITICAL):
        assert asyncio.run(events.settled("r")) == (True, None)
    before = engine.calls
    monkeypatch.setattr(settling, "_COMMIT_SECONDS", 60.0)
    assert asyncio.run(events.settled("r")) == (True, Tally(0, 0))
    assert engine.calls == before + 1
