"""Engines that failed are started anew."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

__all__ = ["Restarts"]

logger = logging.getLogger(__name__)

_WATCH_SECONDS = 1.0


class Restarts:
    """Watches one engine.

    Args:
        running: whether it runs.
        start: starts it anew, with an empty cache.

    Attributes:
        count: how often it failed.
    """

    def __init__(self, running: Callable[[], bool], start: Callable[[], Awaitable[None]]) -> None:
        self._running = running
        self._start = start
        self.count = 0

    async def keep_running(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if self._running():
                continue
            self.count += 1
            logger.error("the engine failed; it starts anew")
            try:
                await self._start()
            except Exception:
                logger.exception("the engine does not start")
