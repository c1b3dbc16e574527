"""What the server answers, on its way into the store's sums."""

import asyncio
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

from tlpo_guard.errors import StoreError
from tlpo_guard.events.traffic import Traffic, TrafficPoint

__all__ = ["TrafficTally"]

logger = logging.getLogger(__name__)

_MINUTE = 60


class TrafficTally:
    """Adds up answers until they are written. `count` is quick and may be called from any thread.

    Args:
        write: adds to the sums of the store; blocks.
        now: Unix time.
    """

    def __init__(self, write: Callable[[Sequence[TrafficPoint]], None], now: Callable[[], float] = time.time) -> None:
        self._write = write
        self._now = now
        self._lock = threading.Lock()
        self._sums: dict[tuple[int, str, str], Traffic] = defaultdict(Traffic)

    def count(self, language: str, adapter: str, traffic: Traffic) -> None:
        """Count what was answered in a language by an adapter version."""
        minute = int(self._now()) // _MINUTE * _MINUTE
        with self._lock:
            self._sums[minute, language, adapter] += traffic

    def flush(self) -> None:
        """Write what was counted; blocks. What cannot be written waits for the next time, for an hour at most."""
        with self._lock:
            sums, self._sums = self._sums, defaultdict(Traffic)
        try:
            self._write([TrafficPoint(*key, traffic) for key, traffic in sums.items()])
        except StoreError:
            logger.warning("the figures of the dashboard cannot be stored; it is tried again", exc_info=True)
            oldest = self._now() - 60 * _MINUTE
            with self._lock:
                for key, traffic in sums.items():
                    if key[0] >= oldest:
                        self._sums[key] += traffic

    async def keep_writing(self, seconds: float = 2.0) -> None:
        """Write every few seconds until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            await asyncio.to_thread(self.flush)
