"""Confusion points: what the guard found in a row, and what it did there."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["NUM_CANDIDATES", "Action", "EventDraft", "Kind"]

NUM_CANDIDATES = 16


class Kind(StrEnum):
    """How a drift shows."""

    SCRIPT = "script"
    WORD = "word"


class Action(StrEnum):
    """What the guard did about a drift."""

    OBSERVED = "observed"
    MASKED = "masked"
    REWOUND = "rewound"
    STOOD_BACK = "stood_back"


@dataclass(frozen=True, slots=True)
class EventDraft:
    """One confusion point, as the guard saw it.

    Attributes:
        position: index of the token in the answer.
        token_id: the token that drifts.
        kind: how the drift shows.
        candidates: (token id, raw log-probability in nats, drifts) of the most probable tokens, best first.
        mass: confusion mass, 0 to 1.
        action: what was done about it.
        replacement_id: the token taken instead, None where none was.
        languages: that the answer was held to there, BCP-47; empty for those of its request.
        settled: whether the expectation was decided by then.
    """

    position: int
    token_id: int
    kind: Kind
    candidates: tuple[tuple[int, float, bool], ...]
    mass: float
    action: Action
    replacement_id: int | None
    languages: tuple[str, ...] = ()
    settled: bool = True
