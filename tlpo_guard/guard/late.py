"""Rows whose token somebody else draws: what was seen in them is decided a step later, when the token is known."""

from dataclasses import dataclass, replace

from tlpo_guard.guard.decision import Decision, Sight, decide
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.state import SequenceState

__all__ = ["SeenPoint", "decide_late"]


@dataclass(frozen=True, slots=True)
class SeenPoint:
    """A confusion point whose token is not known yet.

    Attributes:
        worst: the most probable drifting token.
        usable: anything admissible is left in the row.
        mass: confusion mass, 0 to 1.
        candidates: (token id, raw log-probability in nats, drifts) of the most probable tokens, best first.
        constrained: the answer's form alone decided what is left in the row.
    """

    worst: int
    usable: bool
    mass: float
    candidates: tuple[tuple[int, float, bool], ...]
    constrained: bool = False

    def sight(self, taken: int, *, acts: bool) -> Sight:
        """What is known of the row with the token that was taken.

        What was masked is the most probable token that drifts: which one the draw would have brought, nobody knows.
        """
        return Sight(
            chosen=self.worst if acts else taken,
            drifts=acts or taken == self.worst,
            replacement=taken if acts and self.usable else None,
            confusion_point=True,
            worst=self.worst,
            mass=self.mass,
            candidates=self.candidates,
            constrained=self.constrained,
        )


def decide_late(guard: Guard, state: SequenceState, sight: Sight) -> Decision:
    """What became of a confusion point; changes nothing.

    Args:
        state: of the sequence before the token that was taken.
        sight: as `SeenPoint.sight` gives it.
    """
    if not state.acts:
        sight = replace(sight, drifts=guard.drifts(state, sight.chosen))
    left = replace(guard.forgiven(state, sight), replacement=sight.replacement)  # what was taken has been taken
    if state.acts and left.confusion_point and not left.drifts:
        left = replace(left, chosen=left.worst, drifts=True)
    return decide(state, left)
