"""Erasure that is tried again in the background, on a real store with a real reader."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from server.operations.erasure import Erasure
from tests.served_admin import event, served_admin
from tlpo_guard.errors import StoreError
from tlpo_guard.events import erasing
from tlpo_guard.events.store import EventStore


def test_what_a_reader_holds_goes_once_it_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "_PATIENCE_SECONDS", 0.05)

    async def retried(store: EventStore, reader: sqlite3.Connection) -> tuple[str, ...]:
        erasure = Erasure(store.erase)
        left = await erasure.now()
        trying = asyncio.create_task(erasure.keep_trying(soon_seconds=0.05))
        await asyncio.sleep(0.2)
        reader.execute("COMMIT")
        while b"to-forget" in b"".join(path.read_bytes() for path in tmp_path.iterdir()):
            await asyncio.sleep(0.05)
        trying.cancel()
        with suppress(asyncio.CancelledError):
            await trying
        return left

    with closing(EventStore(tmp_path / "events.sqlite3")) as store:
        store.add([event(0, user="to-forget"), event(1)])
        with closing(sqlite3.connect(store.path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM events").fetchone()
            store.delete(user="to-forget")
            assert asyncio.run(asyncio.wait_for(retried(store, reader), 30)) == (erasing.READ,)


def test_a_store_that_fails_is_told_and_tried_again() -> None:
    outcomes = iter([StoreError("it is gone"), ()])

    def erase() -> tuple[str, ...]:
        outcome = next(outcomes)
        if isinstance(outcome, StoreError):
            raise outcome
        return outcome

    async def twice() -> list[tuple[str, ...]]:
        erasure = Erasure(erase)
        return [await erasure.now(), await erasure.now()]

    (failed, done) = asyncio.run(twice())
    assert "it is gone" in failed[0] and done == ()


def test_the_route_erases_and_tells_what_is_left_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "_PATIENCE_SECONDS", 0.05)
    with served_admin(tmp_path) as server:
        server.store.add([event(0, user="to-forget", key="a"), event(1, user="to-forget", key="b"), event(2)])
        one = server.ask("DELETE", "events", params={"user": "to-forget", "key": "a"}).json()
        assert one == {"deleted": 1, "by_key": {"a": 1}, "left": []}
        with closing(sqlite3.connect(server.store.path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM events").fetchone()
            rest = server.ask("DELETE", "events", params={"user": "to-forget"}).json()
        assert rest == {"deleted": 1, "by_key": {"b": 1}, "left": [erasing.READ]}
        assert [found["id"] for found in server.ask("GET", "events", params={"key": ""}).json()["data"]] == ["e2"]
