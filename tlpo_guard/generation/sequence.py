"""One request in the batch, and what each step brings to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from tlpo_guard.generation.draws import Draws, SamplingParams
from tlpo_guard.generation.offsets import LogitOffsets
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.guard.state import SequenceState

__all__ = ["Constraint", "ConstraintError", "Logprobs", "SampledSequence", "Step"]


class ConstraintError(Exception):
    """An answer cannot be held to its form any more; says why, and nothing of what the answer says."""


class Constraint(Protocol):
    """What the answer's form allows next, such as a grammar."""

    def allowed(self, device: torch.device) -> torch.Tensor:
        """The admissible tokens, at least one; bool [vocabulary]. Raises ConstraintError."""

    def advance(self, token_id: int) -> None:
        """Take in the token that was chosen; raises ConstraintError."""


@dataclass(frozen=True, slots=True)
class Logprobs:
    """Raw log-probabilities of one position, in nats, at temperature 1 and before anything was kept out.

    Attributes:
        chosen: of the token that was taken.
        top: (token id, log-probability) of the most probable tokens, best first.
    """

    chosen: float
    top: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What one step brought to one sequence.

    Attributes:
        token_id: the token that was taken.
        events: the confusion points of this position.
        logprobs: where they were asked for.
        error: why the sequence cannot be held to its form any more; None where it can.
        mass: confusion mass of this position, 0 to 1.
        replaced: another token was taken for the guard.
        stood_back: the guard let a drift pass, since nothing admissible was left.
        paused: the token is not the answer proper, such as reasoning or a tool call, and the guard did not watch it.
        cached_tokens: of the prompt, that the engine had computed before.
    """

    token_id: int
    events: tuple[EventDraft, ...] = ()
    logprobs: Logprobs | None = None
    error: str | None = None
    mass: float = 0.0
    replaced: bool = False
    stood_back: bool = False
    paused: bool = False
    cached_tokens: int = 0


@dataclass(slots=True, eq=False)
class SampledSequence:
    """One request in the batch: how it samples and what the guard knows of it.

    Attributes:
        offsets: logit bias and penalties; None for none.
        constraint: the answer's form; None for free text.
        top_logprobs: how many to report besides the chosen token's; None for no log-probabilities.
        deliver: takes every step, on the generation thread.
        cached_tokens: of the prompt, that the engine had computed before.
        begun: the sequence has had a step.
    """

    params: SamplingParams
    draws: Draws
    state: SequenceState
    offsets: LogitOffsets | None = None
    constraint: Constraint | None = None
    top_logprobs: int | None = None
    deliver: Callable[[Step], None] | None = None
    cached_tokens: int = 0
    begun: bool = False

    @property
    def moved(self) -> bool:
        """Whether the request makes tokens likelier than the model does: by a bias, by penalties or by heat."""
        return self.offsets is not None or (not self.params.greedy and self.params.temperature > 1.0)

    def __deepcopy__(self, memo: dict[int, Any]) -> "SampledSequence":
        """The engine copies a request that it evicts and starts again; the sequence stays one and the same."""
        return self
