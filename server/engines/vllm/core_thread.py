"""The thread that vLLM's engine lives on: it is made there, steps there, and does there what others ask of it."""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from vllm.outputs import RequestOutput
from vllm.v1.engine.llm_engine import LLMEngine

from server.engines.engine import EngineError

__all__ = ["CoreThread"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_STOP_SECONDS = 30.0
_FAILED = "the engine has failed and starts anew; try again"


class CoreThread:
    """Steps as long as there are requests. Its methods may be called from any thread.

    Args:
        make: loads the model.
        after_step: takes the requests that the step has finished.
        ended: called when it has ended, by `stop` or since a step failed; no request gets any further.
    """

    def __init__(
        self,
        make: Callable[[], LLMEngine],
        after_step: Callable[[list[RequestOutput]], None],
        ended: Callable[[], None],
    ) -> None:
        self._make, self._after_step, self._ended = make, after_step, ended
        self._inbox: queue.SimpleQueue[tuple[Callable[[LLMEngine], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._loaded: Future[None] = Future()
        self._lock = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="vllm", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it takes work."""
        return self._open

    def wait(self) -> None:
        """Until the model is loaded; raises what `make` raised."""
        self._loaded.result()

    def do(self, work: Callable[[LLMEngine], T]) -> Future[T]:
        """Have something done between two steps; the future fails with EngineError where the engine has."""
        future: Future[T] = Future()
        with self._lock:
            if self._open:
                self._inbox.put((work, future))
            else:
                future.set_exception(EngineError(_FAILED))
        return future

    def stop(self) -> None:
        """End the thread behind the step that it is at; blocks."""
        self._inbox.put(None)
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        try:
            engine = self._make()
        except BaseException as exc:
            self._open = False
            self._loaded.set_exception(exc)
            return
        self._loaded.set_result(None)
        try:
            self._serve(engine)
        except Exception:
            logger.exception("vLLM's engine failed")
        finally:
            self._refuse_further()
            self._ended()
            engine.engine_core.shutdown()

    def _serve(self, engine: LLMEngine) -> None:
        while True:
            while not engine.has_unfinished_requests() or not self._inbox.empty():
                item = self._inbox.get()
                if item is None:
                    return
                work, future = item
                try:
                    future.set_result(work(engine))
                except Exception as exc:
                    future.set_exception(exc)
            self._after_step([output for output in engine.step() if output.finished])

    def _refuse_further(self) -> None:
        with self._lock:
            self._open = False
        while not self._inbox.empty():
            item = self._inbox.get()
            if item is not None:
                item[1].set_exception(EngineError(_FAILED))
