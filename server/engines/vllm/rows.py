"""vLLM's rows in the hands of our sampler: which of them get a token in a step, and which token that is."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from vllm.config import VllmConfig
from vllm.sampling_params import SamplingParams
from vllm.v1.core.sched.output import SchedulerOutput
from vllm.v1.core.sched.scheduler import Scheduler
from vllm.v1.sample.logits_processor import BatchUpdate, LogitsProcessor
from vllm.v1.sample.logits_processor.builtin import process_dict_updates

from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.generation.sequence import SampledSequence

__all__ = ["StepPlan", "guarded_rows", "planning_scheduler", "sequence_arguments"]

_SEQUENCE = "sequence"


@dataclass(slots=True)
class StepPlan:
    """What scheduler and logits processor have in common; both are called in turn by the thread that generates.

    Attributes:
        sampled: the sequences that get a token in this step; the rows of others read a part of their prompt.
    """

    sampler: Sampler
    sampled: set[SampledSequence] = field(default_factory=set)


def sequence_arguments(sequence: SampledSequence) -> dict[str, Any]:
    """The `extra_args` with which a request brings its sequence. A guard that is installed in vLLM itself leaves it alone."""
    return {_SEQUENCE: sequence, "guard_mode": "off"}


def _sequence(params: SamplingParams | None) -> SampledSequence | None:
    found: SampledSequence | None = ((params and params.extra_args) or {}).get(_SEQUENCE)
    return found


def planning_scheduler(plan: StepPlan) -> type[Scheduler]:
    """vLLM's scheduler, which says what it has planned."""
    return type("PlanningScheduler", (_PlanningScheduler,), {"plan": plan})


def guarded_rows(plan: StepPlan) -> type[LogitsProcessor]:
    """The logits processor that leaves each row so that only the token that was drawn can win."""
    return type("GuardedRows", (_GuardedRows,), {"plan": plan})


class _PlanningScheduler(Scheduler):  # type: ignore[misc]
    plan: ClassVar[StepPlan]

    def schedule(self, *arguments: Any, **options: Any) -> SchedulerOutput:
        """The next step; the plan says whose prompts it reads to the end."""
        output = super().schedule(*arguments, **options)
        self.plan.sampled.clear()
        for request_id in output.num_scheduled_tokens:
            request = self.requests[request_id]
            sequence = _sequence(request.sampling_params)
            if sequence is not None and request.num_computed_tokens >= request.num_tokens:
                self.plan.sampled.add(sequence)
        for begun in output.scheduled_new_reqs:
            sequence = _sequence(begun.sampling_params)
            if sequence is not None:
                sequence.cached_tokens = begun.num_computed_tokens
        return output


class _GuardedRows(LogitsProcessor):  # type: ignore[misc]
    plan: ClassVar[StepPlan]

    def __init__(self, vllm_config: VllmConfig, device: torch.device, is_pin_memory: bool) -> None:
        self._sequences: dict[int, SampledSequence] = {}

    def is_argmax_invariant(self) -> bool:
        """It is not: it chooses the winner."""
        return False

    def update_state(self, batch_update: BatchUpdate | None) -> None:
        """Rows that came, went or moved."""
        process_dict_updates(self._sequences, batch_update, lambda params, *_: _sequence(params))

    def apply(self, logits: torch.Tensor) -> torch.Tensor:
        """Rows of logits, changed in place; float32 [rows, vocabulary]."""
        rows = [row for row, sequence in sorted(self._sequences.items()) if sequence in self.plan.sampled]
        if not rows:
            return logits
        index = torch.tensor(rows, device=logits.device)
        raw = logits if len(rows) == len(logits) else logits.index_select(0, index)
        tokens = self.plan.sampler.step(raw, [self._sequences[row] for row in rows])
        logits[index, tokens] = torch.inf
        return logits
