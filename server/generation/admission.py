"""Who may generate: so many sequences at a time, a line with an end behind them, and turns between the keys."""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from server.errors import BusyError, StoppingError

__all__ = ["Admission", "Place", "QueueFullError", "Slot"]


class QueueFullError(BusyError):
    """No place is left in the line."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="queue_full")


@dataclass(slots=True, eq=False)
class Place:
    """A request's place in the line, until all its sequences have slots.

    Attributes:
        waiting: sequences without a slot.
        started: one has had a slot; from then on the request is not sent away.
        sent_away: another key needed the place more.
    """

    key: str
    waiting: int
    started: bool = False
    sent_away: bool = False


@dataclass(slots=True, eq=False)
class _Line:
    """What one key has in the line and in the slots."""

    places: list[Place] = field(default_factory=list)
    turns: deque[tuple[Place, "asyncio.Future[None]"]] = field(default_factory=deque)
    running: int = 0

    @property
    def waiting(self) -> int:
        return sum(place.waiting for place in self.places)


class Admission:
    """Slots for sequences, given one by one. The keys take turns; a key with many requests waits behind itself.

    Where the line is full, a key that has less in it than another one takes the place of that one's latest request.

    Args:
        slots: sequences that run at the same time.
        max_queue: sequences that may wait.
        share: slots that one key may hold, so that others find some; None for all.

    Attributes:
        running: sequences that hold slots.
        waiting: sequences in the line.
        closed: no more requests are let in.
    """

    def __init__(self, slots: int, max_queue: int, share: int | None = None) -> None:
        self.slots = slots
        self._max_queue = max_queue
        self._share = slots if share is None else share
        self._lines: OrderedDict[str, _Line] = OrderedDict()
        self.running = 0
        self.waiting = 0
        self.closed = False

    def enter(self, key: str, count: int) -> Place:
        """A place in the line for so many sequences, until `leave`.

        Raises:
            QueueFullError: there is none.
            StoppingError: no more requests are let in.
        """
        if self.closed:
            raise StoppingError("the server is about to stop; send the request to another one, or again later")
        self._make_room(key, count)
        place = Place(key, count)
        self._lines.setdefault(key, _Line()).places.append(place)
        self.waiting += count
        return place

    def leave(self, place: Place) -> None:
        """Give up a place; slots that were taken from it are not touched."""
        self._lines[place.key].places.remove(place)
        self.waiting -= place.waiting
        place.waiting = 0
        self._tidy(place.key)

    async def take(self, place: Place) -> "Slot":
        """A slot for one of the sequences of a place, once its turn has come.

        Raises:
            QueueFullError: the place was given to another key meanwhile.
        """
        if place.sent_away:
            raise self._full()
        line, turn = self._lines[place.key], asyncio.get_running_loop().create_future()
        line.turns.append((place, turn))
        self._next()
        try:
            await turn
        except BaseException:
            if (place, turn) in line.turns:
                line.turns.remove((place, turn))
            elif turn.done() and not turn.cancelled() and turn.exception() is None:
                self._free(line, place.key)
            raise
        return Slot(self, place)

    def _free(self, line: "_Line", key: str) -> None:
        line.running -= 1
        self.running -= 1
        self._tidy(key)
        self._next()

    def _returned(self, place: Place, waits_again: bool) -> None:
        if waits_again:
            place.waiting += 1
            self.waiting += 1
        self._free(self._lines[place.key], place.key)

    def _tidy(self, key: str) -> None:
        line = self._lines[key]
        if not (line.places or line.turns or line.running):
            del self._lines[key]

    def _make_room(self, key: str, count: int) -> None:
        missing = self.waiting + count - (self._max_queue + max(0, self.slots - self.running))
        if missing <= 0:
            return
        longest = max(self._lines.values(), key=lambda line: line.waiting, default=_Line())
        left, own = longest.waiting, self._lines[key].waiting if key in self._lines else 0
        victims = []
        for place in reversed(longest.places):
            if missing > 0 and place.waiting and not place.started:
                victims.append(place)
                missing -= place.waiting
                left -= place.waiting
        if missing > 0 or left < own + count:
            raise self._full()
        for place in victims:
            self._send_away(longest, place)

    def _send_away(self, line: _Line, place: Place) -> None:
        self.waiting -= place.waiting
        place.waiting, place.sent_away = 0, True
        for waiting, turn in list(line.turns):
            if waiting is place:
                line.turns.remove((place, turn))
                turn.set_exception(self._full())

    def _full(self) -> QueueFullError:
        message = f"{self.running} sequences are running and {self.waiting} wait"
        return QueueFullError(f"the server is full: {message}; try again in a moment")

    def _next(self) -> None:
        while self.running < self.slots:
            ready = (key for key, line in self._lines.items() if line.turns and line.running < self._share)
            key = next(ready, None)
            if key is None:
                return
            line = self._lines[key]
            place, turn = line.turns.popleft()
            self._lines.move_to_end(key)
            if turn.done():  # cancelled
                continue
            turn.set_result(None)
            place.started = True
            place.waiting -= 1
            self.waiting -= 1
            line.running += 1
            self.running += 1


@dataclass(slots=True)
class Slot:
    """A slot, held until the block that it opens ends."""

    _admission: Admission
    _place: Place
    held: bool = True

    def __enter__(self) -> "Slot":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self, *, waits_again: bool = False) -> None:
        """Let it go.

        Args:
            waits_again: its sequence has not begun, and will need another one.
        """
        if self.held:
            self.held = False
            self._admission._returned(self._place, waits_again)
