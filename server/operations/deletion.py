"""Deletes events, wherever they are."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from tlpo_guard.events.log import Deleted, EventLog

__all__ = ["Deletion"]


class Deletion:
    """Deletes events from the log, those on their way into it among them, and what files still hold of them.

    Args:
        flush: brings the events that are still queued into the log.
        erase: gets rid of what files still hold of deleted events; tells where something is left, and until when.
    """

    def __init__(
        self,
        log: EventLog,
        flush: Callable[[], Awaitable[None]],
        erase: Callable[[], Awaitable[tuple[str, ...]]],
    ) -> None:
        self._log = log
        self._flush = flush
        self._erase = erase

    async def __call__(
        self,
        *,
        request_id: str | None = None,
        key: str | None = None,
        user: str | None = None,
        before: datetime | None = None,
    ) -> Deleted:
        """Delete the events that fit all that is given; raises StoreError where nothing is."""
        await self._flush()
        gone = await asyncio.to_thread(self._log.delete, request_id=request_id, key=key, user=user, before=before)
        return replace(gone, left=await self._erase())
