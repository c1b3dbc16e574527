"""Deletes events that are older than the log keeps them."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from server.operations.erasure import Erasure
from tlpo_guard.errors import StoreError
from tlpo_guard.events.log import EventLog

__all__ = ["keep_retention"]

logger = logging.getLogger(__name__)

_JUMP_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Reading:
    """Both clocks at one moment."""

    wall: datetime
    monotonic: float

    def jump_to(self, later: "_Reading") -> float:
        """Seconds by which the wall clock went further than time did."""
        return (later.wall - self.wall).total_seconds() - (later.monotonic - self.monotonic)

    def agrees_with(self, later: "_Reading") -> bool:
        return abs(self.jump_to(later)) <= _JUMP_SECONDS


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def keep_retention(
    store: EventLog,
    days: float,
    erasure: Erasure,
    *,
    interval_seconds: float = 3600.0,
    clock: Callable[[], datetime] = _utc_now,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Delete events older than `days`, at once and every interval, until cancelled.

    A wall clock that jumped by more than an hour deletes nothing: it is believed again when it is back where it was,
    or when it went on from where it jumped to for one more interval.

    Args:
        store: what to delete from; where it fails, the next run tries again.
        days: age at which events go.
        erasure: of what the files still hold of them.
        interval_seconds: between two runs.
        clock: the wall clock, aware.
        monotonic: seconds that no one sets.
    """
    trusted = doubted = _Reading(clock(), monotonic())
    while True:
        now = _Reading(clock(), monotonic())
        if trusted.agrees_with(now) or doubted.agrees_with(now):
            trusted = doubted = now
            await _delete(store, erasure, now.wall, days)
        else:
            jump = trusted.jump_to(now)
            logger.warning("the clock jumped by %+.0f s to %s; no events are deleted by it", jump, now.wall.isoformat())
            doubted = now
        await asyncio.sleep(interval_seconds)


async def _delete(store: EventLog, erasure: Erasure, now: datetime, days: float) -> None:
    try:
        before = now - timedelta(days=days)
    except OverflowError:  # nothing is as old as that
        return
    try:
        gone = await asyncio.to_thread(store.delete, before=before)
    except StoreError:
        logger.exception("events older than %s could not be deleted; the next run tries again", before.isoformat())
        return
    if gone.count:
        logger.info("%d events older than %g days deleted", gone.count, days)
        await erasure.now()
