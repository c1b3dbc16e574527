"""The thread on which the model runs; what others want of it happens between two of its steps."""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from server.engines.engine import EngineError
from server.engines.llama_cpp.steps import Steps

__all__ = ["GenerationThread"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_STOP_SECONDS = 10.0
_FAILED = "the engine has failed and starts anew; try again"


class GenerationThread:
    """Takes steps while there are answers. May be asked from any thread, and is started once."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self._inbox: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="llama-cpp", daemon=True)

    @property
    def running(self) -> bool:
        """Whether it takes steps."""
        return self._open and self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Stop before the next step; what is still running fails. Blocks."""
        self._inbox.put(None)
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def do(self, action: Callable[[Steps], T]) -> "Future[T]":
        """Do something between two steps.

        Raises:
            EngineError: there will be no step any more.
        """
        future: Future[T] = Future()

        def act() -> None:
            try:
                future.set_result(action(self.steps))
            except Exception as exc:
                future.set_exception(exc)

        with self._lock:
            if not self._open:
                raise EngineError(_FAILED)
            self._inbox.put(act)
        return future

    def _run(self) -> None:
        error = EngineError("the engine has stopped")
        try:
            while self._act():
                self.steps.step()
        except Exception as exc:
            logger.exception("the generation thread failed")
            error = EngineError(f"generation failed: {type(exc).__name__}: {exc}")
        with self._lock:
            self._open = False
        self._act_all()  # what came in meanwhile fails with the rest
        self.steps.fail(error)

    def _act(self) -> bool:
        """Do what was asked, waiting where there is nothing else to do; False to stop."""
        while True:
            idle = not len(self.steps.scheduler)
            try:
                action = self._inbox.get(block=idle)
            except queue.Empty:
                return True
            if action is None:
                return False
            action()

    def _act_all(self) -> None:
        while not self._inbox.empty():
            action = self._inbox.get()
            if action is not None:
                action()
