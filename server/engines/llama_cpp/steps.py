"""One step of all answers: compute, draw, hand out."""

import time
from collections.abc import Callable
from typing import Any

from server.engines.engine import EngineError
from server.engines.llama_cpp.context import Chunk, LlamaContext, OutOfCellsError
from server.engines.llama_cpp.kept import KeptTokens
from server.engines.llama_cpp.rows import Row
from server.engines.llama_cpp.scheduler import Part, Scheduler
from tlpo_guard.generation.sampler import Sampler

__all__ = ["LARGEST_STEP", "Steps"]

LARGEST_STEP = 768  # tokens
_PROMPT_TOKENS = 512  # of new prompts in one step
_LEAST_PROMPT_TOKENS = 32
_STEP_SECONDS = 0.25  # that answers under way may be held up by new prompts
_NEW_WEIGHT = 0.3  # of the last step in the running mean


class Steps:
    """Writes the answers of a scheduler. Used from one thread.

    Args:
        on_step: called when a step has brought what it brings.
    """

    def __init__(
        self,
        context: LlamaContext,
        sampler: Sampler,
        *,
        most_rows: int,
        slots: int,
        sharing: bool,
        on_step: Callable[[], None],
    ) -> None:
        self._context = context
        self._sampler = sampler
        self._kept = KeptTokens(context, slots=slots, cells=context.cells, sharing=sharing)
        self.scheduler = Scheduler(self._kept, most_rows)
        self._on_step = on_step
        self._prompt_tokens = _PROMPT_TOKENS

    def step(self) -> None:
        """Bring each answer a token, or its prompt further.

        Raises:
            Exception: whatever the model or the sampler raises; no answer can go on.
        """
        writing = self.scheduler.writing
        parts = self.scheduler.plan(self._prompt_tokens if writing else _PROMPT_TOKENS)
        if parts:
            begun = time.perf_counter()
            self._compute(parts)
            self._pace(parts, time.perf_counter() - begun)
        self._on_step()

    def use_adapter(self, adapter: Any | None) -> None:
        """Run with an adapter of libllama, or with none; what was computed before does not count any more.

        Raises:
            EngineError: an answer is under way.
        """
        if len(self.scheduler):
            raise EngineError("a request does not leave the engine")
        self._context.use_adapter(adapter)
        self._kept.forget()

    def fail(self, error: EngineError) -> None:
        """Tell all answers that there will be no more."""
        for row in self.scheduler.rows:
            row.fail(error)

    def _compute(self, parts: list[Part]) -> None:
        whole = [row for row, count in parts if count == row.missing]
        try:
            logits = self._context.decode([_chunk(row, count) for row, count in parts])
        except OutOfCellsError:
            self._fail_last(parts)
            return
        for row, count in parts:
            self.scheduler.computed(row, count)
        if not whole:
            return
        tokens = self._sampler.step(logits, [row.sequence for row in whole])
        for row, token_id in zip(whole, tokens.tolist(), strict=True):
            if row.take(token_id):
                self.scheduler.remove(row)

    def _fail_last(self, parts: list[Part]) -> None:
        """The memory is more scattered than it counts: without the answer that came last, the others go on."""
        row, _ = parts[-1]
        self.scheduler.remove(row)
        row.fail(EngineError("llama.cpp has no room left for the answer; raise kv_cache_tokens"))

    def _pace(self, parts: list[Part], seconds: float) -> None:
        """How much of new prompts a step takes, so that it does not hold up other answers for long."""
        tokens = sum(count for _, count in parts)
        if tokens < _LEAST_PROMPT_TOKENS:
            return
        fitting = min(max(_STEP_SECONDS * tokens / seconds, _LEAST_PROMPT_TOKENS), _PROMPT_TOKENS)
        self._prompt_tokens = round((1 - _NEW_WEIGHT) * self._prompt_tokens + _NEW_WEIGHT * fitting)


def _chunk(row: Row, count: int) -> Chunk:
    assert row.slot is not None
    start = row.computed
    wanted = 1 if count == row.missing else 0
    return Chunk(row.slot.number, start, row.token_ids[start : start + count], wanted)
