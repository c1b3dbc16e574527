"""Between the server's process and the engine's: are the events of a request in the log?

The guard in the engine's process logs an event one step after its position, and a thread of that process writes it. A request's
last chunk waits until both are done: one call through vLLM's own channel to its workers, which the engine serves between two
steps, and for what the thread has not written by then, further ones.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tlpo_guard.events.log import Tally, TallyLog
from tlpo_guard.events.opening import open_store

__all__ = ["METHOD", "EngineEvents", "Settled", "Settles", "settle", "works_here"]

METHOD = "tlpo_guard_settle"
"""Name under which vLLM's workers have `settle`."""

logger = logging.getLogger(__name__)

_COMMIT_SECONDS = 5.0  # a store that takes longer is ill, and the answer goes out without it
_AGAIN_SECONDS = 0.005
_ILL_SECONDS = 30.0  # for which an ill store is not waited for
_ONE_ENGINE_IS_HEARD_SECONDS = 0.05


class Settled(NamedTuple):
    """Events of one process, since its start.

    Attributes:
        known: those whose position has its token.
        stored: those of them that are in the log, or could not be put there.
    """

    known: int
    stored: int


class Settles(Protocol):
    """A guard that works in this process."""

    def settle(self) -> Settled:
        """Finish the events whose position has its token; never waits."""


_works: list[Settles] = []


def works_here(guard: Settles) -> None:
    """Note the guard of this process; the last one counts."""
    _works[:] = [guard]


def settle(worker: object, wait_seconds: float = 0.0) -> Settled | None:
    """A method of vLLM's workers: what the guard of this process has settled; None where there is none.

    Args:
        worker: not used.
        wait_seconds: how long to wait at most until all that is known is stored.
    """
    if not _works:
        return None
    settled = _works[0].settle()
    until = time.monotonic() + wait_seconds
    while settled.stored < settled.known and time.monotonic() < until:
        time.sleep(0.001)
        settled = Settled(settled.known, _works[0].settle().stored)
    return settled


class EngineEvents:
    """The events of an engine in another process, and the log that they are written to.

    Args:
        engine: vLLM's client of the engine.
        log: what `open_store` opens.
    """

    def __init__(self, engine: Any, log: Path | str) -> None:
        self._engine = engine
        self._log = log
        self._store: TallyLog | None = None
        self._opening = threading.Lock()
        self._ill_until = 0.0
        parallel = engine.vllm_config.parallel_config
        # Of several engines vLLM hands on the answer of the first one alone: there each waits itself, for a moment.
        self._wait = 0.0 if parallel.data_parallel_size == 1 else _ONE_ENGINE_IS_HEARD_SECONDS

    async def settled(self, request_id: str) -> tuple[bool, Tally | None]:
        """Wait until the events of a request are in the log. Never raises.

        Returns:
            Whether a guard runs in the engine, and the request's tally; None where it cannot be told.
        """
        try:
            async with asyncio.timeout(_COMMIT_SECONDS):
                runs = await self._wait_for_commit()
                return runs, await asyncio.to_thread(self._tally, request_id) if runs else Tally(0, 0)
        except Exception:
            self._ill_until = time.monotonic() + _ILL_SECONDS
            logger.exception("whether the events of request %s are stored cannot be told", request_id)
            return True, None

    async def _wait_for_commit(self) -> bool:
        told = await self._ask()
        if not told:
            return False
        target = [known for known, _ in told]
        while any(stored < known for known, (_, stored) in zip(target, told, strict=True)):
            if time.monotonic() < self._ill_until:
                break
            await asyncio.sleep(_AGAIN_SECONDS)
            told = await self._ask()
        return True

    async def _ask(self) -> Sequence[tuple[int, int]]:
        told = await self._engine.collective_rpc(METHOD, args=(self._wait,))
        return [(known, stored) for known, stored in filter(None, told)]

    def _tally(self, request_id: str) -> Tally:
        with self._opening:
            if self._store is None:
                self._store = open_store(self._log)
        return self._store.tally(request_id)
