"""Writes events from a thread of its own, so that neither generation nor the event loop ever waits for a disk."""

import asyncio
import logging
import queue
import threading
from collections import OrderedDict
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from tlpo_guard.events.log import EventSink
from tlpo_guard.events.record import Event

__all__ = ["EventWriter", "WriterCounters"]

logger = logging.getLogger(__name__)

_BATCH = 256
_FLUSH_SECONDS = 5.0
_REMEMBERED = 10_000  # failed requests; of those whose clients went away nobody asks


@dataclass(slots=True)
class WriterCounters:
    """What became of the events: written, dropped on a full queue, failed on the store, waiting."""

    written: int = 0
    dropped: int = 0
    failed: int = 0
    pending: int = 0


@dataclass(frozen=True, slots=True)
class _Barrier:
    request_id: str
    done: Future[bool] = field(default_factory=Future)


class EventWriter:
    """A bounded queue before the store. `put` and `barrier` never block and never raise."""

    def __init__(
        self, store: EventSink, *, capacity: int = 10_000, log_context: Literal["full", "none"] = "full"
    ) -> None:
        self.counters = WriterCounters()
        self._store = store
        self._capacity = capacity
        self._with_context = log_context == "full"
        self._lock = threading.Lock()
        # Unbounded itself: barriers always get in; `put` keeps the bound on events.
        self._queue: queue.SimpleQueue[Event | _Barrier | None] = queue.SimpleQueue()
        self._failed: OrderedDict[str, None] = OrderedDict()  # requests with events that could not be stored
        self._thread = threading.Thread(target=self._run, name="event-writer", daemon=True)
        self._thread.start()

    def put(self, event: Event) -> bool:
        """Queue an event; False where the queue is full, and the event is dropped and counted."""
        with self._lock:
            if self.counters.pending >= self._capacity:
                self.counters.dropped += 1
                return False
            self.counters.pending += 1
        self._queue.put(event)
        return True

    def barrier(self, request_id: str) -> Future[bool]:
        """Done when everything put before is committed: True, or False where events of this request could not be stored."""
        barrier = _Barrier(request_id)
        self._queue.put(barrier)
        return barrier.done

    async def flush(self) -> None:
        """Wait until everything put before is committed or has failed; at most 5 seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(self.barrier("")), _FLUSH_SECONDS)

    def close(self, timeout: float = 5.0) -> None:
        """Write what is queued and end the thread, in at most `timeout` seconds."""
        self._queue.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            items = self._take()
            self._commit([item for item in items if isinstance(item, Event)])
            for barrier in (item for item in items if isinstance(item, _Barrier)):
                kept = self._failed.pop(barrier.request_id, True) is True
                if barrier.done.set_running_or_notify_cancel():
                    barrier.done.set_result(kept)
            if None in items:
                return

    def _take(self) -> list[Event | _Barrier | None]:
        """At least one item, and what else is there already."""
        items = [self._queue.get()]
        while len(items) < _BATCH and items[-1] is not None:
            try:
                items.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return items

    def _commit(self, events: list[Event]) -> None:
        if not events:
            return
        try:
            self._store.add(events, with_context=self._with_context)
            failed = 0
        except Exception:
            logger.exception("%d events could not be stored", len(events))
            failed = len(events)
            self._remember_failed({event.request_id for event in events})
        with self._lock:
            self.counters.pending -= len(events)
            self.counters.failed += failed
            self.counters.written += len(events) - failed

    def _remember_failed(self, request_ids: set[str]) -> None:
        self._failed.update(dict.fromkeys(request_ids))
        while len(self._failed) > _REMEMBERED:
            self._failed.popitem(last=False)
