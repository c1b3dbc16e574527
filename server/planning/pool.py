"""Where plans are made: a few threads, and turns between the keys."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from server.generation.admission import Admission

__all__ = ["PlanningPool"]

T = TypeVar("T")

_THREADS = 2
_MOST_WAITING = 1024


class PlanningPool:
    """Runs templates, tokenizers and the reading of intents beside the event loop.

    Args:
        several: whether there are several keys; then none takes all threads, and one long prompt holds up its own key only.
    """

    def __init__(self, *, several: bool) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="planning")
        self._turns = Admission(_THREADS, _MOST_WAITING, 1 if several else None)

    async def run(self, key: str, work: Callable[[], T]) -> T:
        """What some work for a key gives; raises what it raises, and QueueFullError."""
        place = self._turns.enter(key, 1)
        try:
            with await self._turns.take(place):
                return await self._run(work)
        finally:
            self._turns.leave(place)

    async def _run(self, work: Callable[[], T]) -> T:
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait((running,))  # the turn ends when the thread is free
            if not running.cancelled():
                running.exception()
            raise

    def close(self) -> None:
        """Begin no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
