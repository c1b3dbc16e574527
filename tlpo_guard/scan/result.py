"""A drift found in a text."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Drift", "Kind"]

Kind = Literal["script", "word", "line"]


@dataclass(frozen=True, slots=True)
class Drift:
    """A stretch of a text that is not in an expected language.

    Attributes:
        start: character offset of its first character, the confusion point.
        end: offset behind its last character.
        kind: `script` shows in the characters, `word` in the words, `line` in a whole line.
        found: what it is instead: an ISO 15924 script for `script`, else a language tag.
        score: how sure that is; 1 for `script`, a probability for `line`, a log-likelihood ratio in nats for `word`.
    """

    start: int
    end: int
    kind: Kind
    found: str
    score: float
