"""Gets rid of what files still hold of deleted events, and tries again while it cannot."""

import asyncio
import logging
from collections.abc import Callable

from tlpo_guard.errors import StoreError

__all__ = ["Erasure"]

logger = logging.getLogger(__name__)


class Erasure:
    """Erases now, or later what could not be.

    Args:
        erase: does it, and tells where something is left, and until when; may be called from any thread.
    """

    def __init__(self, erase: Callable[[], tuple[str, ...]]) -> None:
        self._erase = erase
        self._turn = asyncio.Lock()
        self._left: tuple[str, ...] = ()

    async def now(self) -> tuple[str, ...]:
        """Erase. Where something is left, for `keep_trying`."""
        async with self._turn:
            try:
                self._left = await asyncio.to_thread(self._erase)
            except StoreError as exc:
                logger.exception("what is left of deleted events could not be erased; it is tried again")
                self._left = (f"in files of the event store, until it can be reached ({exc})",)
            return self._left

    async def keep_trying(self, *, soon_seconds: float = 10.0, interval_seconds: float = 3600.0) -> None:
        """Try again soon where something was left, else every interval, for others delete, too; until cancelled."""
        waited = interval_seconds
        while True:
            if self._left or waited >= interval_seconds:
                waited = 0.0
                before, left = self._left, await self.now()
                if left and left != before:
                    logger.warning("text of deleted events is still %s; it is tried again", "; ".join(left))
            await asyncio.sleep(soon_seconds)
            waited += soon_seconds
