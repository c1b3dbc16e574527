"""What the guard remembers of one sequence."""

from dataclasses import dataclass, field

import torch

from tlpo_guard.guard.detector import ScriptRules
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.policy import GuardPolicy

__all__ = ["Repair", "SequenceState"]


@dataclass(frozen=True, slots=True)
class Repair:
    """Where an answer has gone back to, and what it may not say there again.

    Attributes:
        position: index of the confusion point in the answer.
        token_id: the token that drifted.
        others: further tokens that are kept out from there on, bool [vocabulary]; None for none.
        until: index of the first token to which `others` does not apply.
        only_observed: nothing is kept out; the point is only logged.
    """

    position: int
    token_id: int
    others: torch.Tensor | None = None
    until: int = 0
    only_observed: bool = False


@dataclass(slots=True)
class SequenceState:
    """What the guard remembers of one sequence; bounded but for the ids of the answer, which events need.

    Attributes:
        policy: the request's rules.
        pending: the incomplete UTF-8 character that the answer ends with.
        output_ids: the answer so far.
        paused: inside what is not the answer proper, such as reasoning; nothing is watched there.
        spoiled: under `observe`, the answer already holds a drift, so what follows is no confusion point of its own.
        repair: under `rewind`, where the answer has gone back to.
        events: how many were logged.
        mass: confusion mass, summed over the positions.
        interventions: tokens that were replaced.
        stood_back: positions at which nothing admissible was left.
        drafts: events that have not been taken yet.
    """

    policy: GuardPolicy
    rules: ScriptRules | None
    pending: bytes = b""
    output_ids: list[int] = field(default_factory=list)
    paused: bool = False
    spoiled: bool = False
    repair: Repair | None = None
    events: int = 0
    mass: float = 0.0
    interventions: int = 0
    stood_back: int = 0
    drafts: list[EventDraft] = field(default_factory=list)

    @property
    def guarded(self) -> bool:
        """Whether this sequence is watched now."""
        return self.rules is not None and not self.paused
