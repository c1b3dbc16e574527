"""How much of a prompt the engine had computed before, as its scheduler sees it."""

from typing import Any

from transformers.generation.continuous_batching.requests import RequestState
from transformers.generation.continuous_batching.scheduler import SCHEDULER_MAPPING, FIFOScheduler

from tlpo_guard.generation.sequence import SampledSequence

__all__ = ["SCHEDULER"]

SCHEDULER = "tlpo-guard"


class _PrefixCounter(FIFOScheduler):
    """The library's own scheduler, which tells each sequence how many of its prompt's tokens were there already."""

    def _infer_request_tokens(self, state: RequestState, *args: Any, **kwargs: Any) -> list[int]:
        before = state.position_offset
        tokens: list[int] = super()._infer_request_tokens(state, *args, **kwargs)
        sequence = state.logit_processor_kwargs.get("sequence")
        if isinstance(sequence, SampledSequence) and not sequence.begun:
            sequence.cached_tokens += state.position_offset - before
        return tokens


SCHEDULER_MAPPING[SCHEDULER] = _PrefixCounter
