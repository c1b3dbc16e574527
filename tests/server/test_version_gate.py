"""The gate between answers and swaps."""

import asyncio

import pytest

from server import adapters
from server.adapters import VersionGate


def test_a_swap_that_answers_hold_up_too_long_lets_new_ones_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "_DRAIN_SECONDS", 0.05)

    async def scene() -> None:
        gate = VersionGate()
        async with gate.request():
            with pytest.raises(TimeoutError):
                async with gate.swap():
                    raise AssertionError("swapped under an answer")
            async with asyncio.timeout(1), gate.request():
                pass
        async with asyncio.timeout(1), gate.swap():
            pass

    asyncio.run(scene())
