"""What the guard remembers of one sequence."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.brought import Brought
from tlpo_guard.guard.answer_tail import Fence
from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.begun import Joined
from tlpo_guard.guard.course import Course
from tlpo_guard.guard.detector import ScriptRules
from tlpo_guard.policy import GuardPolicy

__all__ = ["Repair", "SequenceState"]


@dataclass(frozen=True, slots=True, eq=False)
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
    others: NDArray[np.bool_] | None = None
    until: int = 0
    only_observed: bool = False


@dataclass(slots=True, eq=False)
class SequenceState:
    """What the guard remembers of one sequence; bounded but for the ids of the answer, which events need.

    Attributes:
        policy: the request's rules.
        course: which of the policy's languages hold at this step.
        rules: the scripts' part of that; None where nothing is watched.
        brought: what the conversation brought, which the answer may say again.
        begun: tokens at the prompt's end that the answer goes on from; they count for what its text is, and not as its own.
        pending: the incomplete UTF-8 character that the answer ends with, as the automaton numbers it.
        output_ids: the answer so far.
        fence: the block of code that the answer is in.
        marks: of reasoning and tool calls, as `TokenMarks` counts its states.
        paused: inside what is not the answer proper, such as reasoning; nothing is watched there.
        spoiled: under `observe`, the answer already holds a drift, so what follows is no confusion point of its own.
        repair: under `rewind`, where the answer has gone back to.
        events: how many were logged.
        mass: confusion mass, summed over the positions.
        interventions: tokens that were replaced.
        stood_back: positions at which nothing admissible was left.
    """

    policy: GuardPolicy
    course: Course
    rules: ScriptRules | None
    brought: Brought = field(default_factory=Brought)
    begun: list[int] = field(default_factory=list)
    pending: int = BORDER
    output_ids: list[int] = field(default_factory=list)
    fence: Fence = field(default_factory=Fence)
    marks: int = 0
    paused: bool = False
    spoiled: bool = False
    repair: Repair | None = None
    events: int = 0
    mass: float = 0.0
    interventions: int = 0
    stood_back: int = 0

    @property
    def said_ids(self) -> Sequence[int]:
        """All tokens that the answer's text is of: what it goes on from, and itself."""
        return Joined(self.begun, self.output_ids) if self.begun else self.output_ids

    @property
    def watched(self) -> bool:
        """Whether scripts are watched here."""
        return self.rules is not None and not self.paused

    @property
    def acts(self) -> bool:
        """Whether drift is replaced, and not only logged."""
        return self.policy.acts

    @property
    def at_point(self) -> bool:
        """Whether the next token stands where the answer has gone back to."""
        return self.repair is not None and len(self.output_ids) == self.repair.position

    @property
    def banned_token(self) -> int | None:
        """The token that the repair keeps out here."""
        if self.repair is None or self.repair.only_observed or not self.at_point:
            return None
        return self.repair.token_id

    @property
    def banned_others(self) -> NDArray[np.bool_] | None:
        """Further tokens that the repair keeps out here, bool [vocabulary]."""
        repair = self.repair
        return repair.others if repair is not None and len(self.output_ids) < repair.until else None

    def bans(self, token_id: int) -> bool:
        """Whether the repair keeps a token out here."""
        others = self.banned_others
        return token_id == self.banned_token or (others is not None and bool(others[token_id]))
