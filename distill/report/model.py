"""What an example shows."""

from dataclasses import dataclass

__all__ = ["Candidate", "Example"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A token that may come next.

    Attributes:
        text: of the token; of what it begins where it is a part of a character.
        continuation: what the model wrote after it, greedily, before the training.
        drifts: whether both together leave the language.
        before: its probability at the sampling temperature before the training, 0 to 1.
        after: and after it; None until it is known.
    """

    text: str
    continuation: str
    drifts: bool
    before: float
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A held-out confusion point.

    Attributes:
        language: expected, BCP-47, comma-separated.
        context: the end of what stands before it, prompt and answer.
        candidates: the likeliest tokens before the training, best first.
    """

    language: str
    context: str
    candidates: tuple[Candidate, ...]
