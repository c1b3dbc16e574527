"""The way of steps from the thread that generates to the event loop."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from functools import partial

from server.engines.engine import AnswerRequest, EngineError, FormError
from tlpo_guard.generation.sequence import SampledSequence, Step

__all__ = ["Arrivals", "Delivery"]


class Arrivals:
    """What the steps of one answer bring, as it comes. Used on the event loop.

    Args:
        ends: tokens that end the answer.

    Attributes:
        finished: the answer's last step was taken.
    """

    def __init__(self, request: AnswerRequest, ends: Collection[int]) -> None:
        self._left = request.max_new_tokens
        self._ends = ends
        self._queue: asyncio.Queue[Step | EngineError] = asyncio.Queue()
        self.finished = False

    def put(self, item: Step | EngineError) -> None:
        """Add a step, or why there are no more."""
        self._queue.put_nowait(item)

    async def take(self) -> list[Step]:
        """All steps that are there, at least one.

        Raises:
            EngineError: the engine failed on this request.
        """
        steps = [_step(await self._queue.get())]
        while not self._queue.empty():
            steps.append(_step(self._queue.get_nowait()))
        self._left -= len(steps)
        self.finished = self._left <= 0 or steps[-1].token_id in self._ends
        return steps


class Delivery:
    """Hands what a step of the batch brings to the event loop at once."""

    def __init__(self) -> None:
        self._outbox: list[tuple[Arrivals, Step | EngineError]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """From now on steps arrive on the running event loop."""
        self._loop = asyncio.get_running_loop()

    def connect(self, sequence: SampledSequence, arrivals: Arrivals) -> None:
        """Let a sequence's steps arrive there."""
        sequence.deliver = partial(self.add, arrivals)

    def add(self, arrivals: Arrivals, item: Step | EngineError) -> None:
        """What goes with the next `send`, on the thread that generates."""
        self._outbox.append((arrivals, item))

    def fail(self, arrivals: Arrivals, error: EngineError) -> None:
        """Tell an answer, behind what it has got, that there will be no more; on the thread that generates."""
        self._outbox.append((arrivals, error))
        self.send()

    def send(self) -> None:
        """After each step, on the thread that generates."""
        box, self._outbox = self._outbox, []
        if box and self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(_put, box)


def _put(box: list[tuple[Arrivals, Step | EngineError]]) -> None:
    for arrivals, item in box:
        arrivals.put(item)


def _step(item: Step | EngineError) -> Step:
    if isinstance(item, EngineError):
        raise item
    if item.error is not None:
        raise FormError(item.error)
    return item
