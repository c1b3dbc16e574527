"""What comes of an answer: pieces that may be sent, and what the guard did in it."""

from collections import Counter
from dataclasses import dataclass, field

from server.generation.calls import CallPiece
from server.generation.text import TokenInfo
from tlpo_guard.generation.sequence import Step

__all__ = ["Limits", "Piece", "Tally"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of `rewind`.

    Attributes:
        rewinds: how often an answer goes back.
        held: tokens that are held back while a word is undecided.
    """

    rewinds: int
    held: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of an answer that may be sent.

    Attributes:
        index: of the answer among the request's.
        finish_reason: set in the last piece.
        stop_reason: the stop sequence or the stop token that ended the answer; set in the last piece.
    """

    index: int
    text: str = ""
    tokens: tuple[TokenInfo, ...] = ()
    calls: tuple[CallPiece, ...] = ()
    finish_reason: str | None = None
    reasoning: str = ""
    stop_reason: str | int | None = None

    @property
    def brings(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.text or self.tokens or self.calls or self.reasoning)


@dataclass(slots=True)
class Tally:
    """What the guard did in one answer, the branches that it went back from among it.

    Attributes:
        mass: confusion mass, 0 to 1 for each step, summed.
        interventions: steps that took another token for the guard.
        rewinds: how often the answer went back.
        stood_back: drifts that were let pass, since nothing admissible was left or the rewinds were used up.
        by_kind: events logged, by kind and action.
        cached_tokens: of the prompt, that the engine had computed before; None before the first step.
    """

    mass: float = 0.0
    interventions: int = 0
    rewinds: int = 0
    stood_back: int = 0
    by_kind: Counter[tuple[str, str]] = field(default_factory=Counter)
    cached_tokens: int | None = None

    @property
    def events(self) -> int:
        """How many were logged."""
        return self.by_kind.total()

    def add(self, step: Step) -> None:
        """Take in what one step brought."""
        self.mass += step.mass
        self.interventions += step.replaced
        self.stood_back += step.stood_back
        if self.cached_tokens is None:
            self.cached_tokens = step.cached_tokens
