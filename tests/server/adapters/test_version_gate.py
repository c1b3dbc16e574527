"""The gate between answers and swaps."""

import asyncio
from contextlib import suppress

import pytest

from server.adapters import gate as versions
from server.adapters.gate import VersionGate
from tlpo_guard.errors import RegistryError


class Loads:
    """A loader that remembers, and refuses what it is told to."""

    def __init__(self, *refused: str) -> None:
        self.done: list[str] = []
        self._refused = refused

    async def __call__(self, version: str) -> None:
        await asyncio.sleep(0)
        if version in self._refused:
            raise RegistryError("damaged")
        self.done.append(version)


def test_a_swap_waits_for_the_answers_under_way_and_later_ones_wait_for_it() -> None:
    async def scene() -> None:
        load = Loads()
        gate = VersionGate(load)
        seen: list[str] = []

        async def later() -> None:
            async with gate.request() as version:
                seen.append(version)

        async with gate.request() as version:
            swap = asyncio.create_task(gate.follow("v0001"))
            await asyncio.sleep(0.01)
            waiting = [asyncio.create_task(later()) for _ in range(3)]
            await asyncio.sleep(0.01)
            assert (version, load.done, seen) == ("base", [], [])
        await asyncio.gather(swap, *waiting)
        assert (load.done, seen, gate.version) == (["v0001"], ["v0001"] * 3, "v0001")

    asyncio.run(scene())


def test_nobody_sees_two_versions_and_who_names_none_gets_the_current_one() -> None:
    async def scene() -> None:
        gate = VersionGate(Loads())
        seen: list[tuple[str | None, str, str]] = []

        async def named(version: str) -> None:
            while True:
                async with gate.borrowed(version) as loan:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(loan.recalled.wait(), 0.001)
                    if not loan.recalled.is_set():
                        seen.append((version, loan.version, gate.version))
                        return
                await asyncio.sleep(0)

        async def one(pinned: str | None) -> None:
            if pinned is not None:
                await named(pinned)
                return
            async with gate.request() as version:
                await asyncio.sleep(0.001)
                seen.append((None, version, gate.version))

        pins = ["v0001", None, "v0002", "v0002", None, "v0001"] * 4
        async with asyncio.timeout(5):
            await asyncio.gather(*map(one, pins))
        assert len(seen) == len(pins)
        assert all(version == (pinned or "base") == loaded for pinned, version, loaded in seen)

    asyncio.run(scene())


def test_who_names_a_version_makes_way_at_once_for_who_names_none() -> None:
    async def scene() -> None:
        gate = VersionGate(Loads())

        async def long_answer() -> None:
            async with gate.borrowed("v0001") as loan:
                await loan.recalled.wait()

        async with asyncio.timeout(2):
            borrower = asyncio.create_task(long_answer())
            await asyncio.sleep(0.01)
            assert gate.version == "v0001"
            assert not gate.is_open
            async with gate.request() as version:
                assert (version, gate.version) == ("base", "base")
                late = asyncio.create_task(long_answer())
                await asyncio.sleep(0.01)
                async with gate.request() as second:
                    assert second == "base"
            await borrower
            late.cancel()

    asyncio.run(scene())


def test_who_names_the_version_that_is_loaded_waits_for_nothing() -> None:
    async def scene() -> None:
        gate = VersionGate(Loads())
        async with asyncio.timeout(1), gate.request(), gate.borrowed("base") as loan, gate.request():
            assert not loan.recalled.is_set()

    asyncio.run(scene())


def test_a_swap_that_answers_hold_up_too_long_lets_new_ones_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "_PATIENCE_SECONDS", 0.05)

    async def scene() -> None:
        gate = VersionGate(Loads())
        async with gate.request():
            with pytest.raises(TimeoutError):
                await gate.follow("v0001")
            async with asyncio.timeout(1), gate.request() as version:
                assert version == "base"
        async with asyncio.timeout(1):
            await gate.follow("v0001")
        assert gate.version == "v0001"

    asyncio.run(scene())


def test_a_version_that_cannot_be_loaded_is_refused_and_the_one_before_stays() -> None:
    async def scene() -> None:
        gate = VersionGate(Loads("v0001"))
        with pytest.raises(RegistryError, match="v0001 cannot be served"):
            await gate.follow("v0001")
        with pytest.raises(RegistryError):
            async with gate.borrowed("v0001"):
                raise AssertionError("let in")
        async with asyncio.timeout(1), gate.request() as version:
            assert version == "base"
        assert (gate.current, gate.failures) == ("base", 2)

    asyncio.run(scene())


def test_who_leaves_while_waiting_holds_nothing_up() -> None:
    async def scene() -> None:
        gate = VersionGate(Loads())

        async def wait(pinned: str) -> None:
            async with gate.borrowed(pinned):
                await asyncio.sleep(1)

        async with gate.request():
            waiting = asyncio.create_task(wait("v0001"))
            await asyncio.sleep(0.01)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            async with asyncio.timeout(1), gate.request() as version:
                assert version == "base"

    asyncio.run(scene())
