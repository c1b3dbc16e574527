"""Who may generate: so many sequences at a time, a bounded line behind them, and turns between the keys."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from server.errors import BusyError, StoppingError

__all__ = ["Admission", "QueueFullError"]


class QueueFullError(BusyError):
    """No place is left in the line."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="queue_full")


class Admission:
    """Slots for sequences. A key with many requests waits behind itself, not before others: the keys take turns.

    Args:
        slots: sequences that run at the same time.
        max_queue: sequences that may wait.

    Attributes:
        running: sequences that hold slots.
        waiting: sequences in the line.
        closed: no more requests are let in.
    """

    def __init__(self, slots: int, max_queue: int) -> None:
        self.slots = slots
        self._max_queue = max_queue
        self._lines: OrderedDict[str, deque[_Turn]] = OrderedDict()
        self.running = 0
        self.waiting = 0
        self.closed = False

    def check(self, count: int) -> None:
        """Whether so many sequences would find slots or places in the line now.

        Raises:
            QueueFullError: they would not.
            StoppingError: no more requests are let in.
        """
        if self.closed:
            raise StoppingError("the server is about to stop; send the request to another one, or again later")
        free = self.slots - self.running
        if self.waiting + count > (free if not self.waiting else 0) + self._max_queue:
            message = f"{self.running} sequences are running and {self.waiting} wait"
            raise QueueFullError(f"the server is full: {message}; try again in a moment")

    @asynccontextmanager
    async def hold(self, key: str, count: int) -> AsyncIterator[None]:
        """Hold so many slots, at most all of them; given together."""
        turn = _Turn(count, asyncio.get_running_loop().create_future())
        self._lines.setdefault(key, deque()).append(turn)
        self.waiting += count
        self._next()
        try:
            await turn.come
            yield
        finally:
            self._leave(key, turn)

    def _leave(self, key: str, turn: "_Turn") -> None:
        if turn.given:
            self.running -= turn.count
        else:
            self._lines[key].remove(turn)
            self.waiting -= turn.count
            if not self._lines[key]:
                del self._lines[key]
        self._next()

    def _next(self) -> None:
        while self._lines:
            key, line = next(iter(self._lines.items()))
            if line[0].count > self.slots - self.running:
                return  # whoever needs many slots is not overtaken, or it would wait for ever
            turn = line.popleft()
            self.waiting -= turn.count
            self.running += turn.count
            turn.given = True
            if line:
                self._lines.move_to_end(key)
            else:
                del self._lines[key]
            if not turn.come.done():
                turn.come.set_result(None)


@dataclass(slots=True, eq=False)
class _Turn:
    count: int
    come: "asyncio.Future[None]"
    given: bool = False
