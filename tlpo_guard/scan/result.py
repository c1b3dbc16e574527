"""What a scan finds in an answer."""

from dataclasses import dataclass
from enum import StrEnum

from tlpo_guard.intent import DecidedBy

__all__ = ["Drift", "DriftKind", "Scanned"]


class DriftKind(StrEnum):
    """How a drift shows in a whole answer; the guard over tokens sees no lines and has a `Kind` of its own."""

    SCRIPT = "script"
    LINE = "line"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Drift:
    """A stretch of a text that is not in an expected language.

    Attributes:
        start: character offset of its first character, the confusion point.
        end: offset after its last character.
        kind: `script` shows in the characters, `word` in the words, `line` in a whole line.
        detected: what it is instead: an ISO 15924 script for `script`, else a language tag.
        score: how sure that is; 1 for `script`, a probability for `line`, a log-likelihood ratio in nats for `word`.
    """

    start: int
    end: int
    kind: DriftKind
    detected: str
    score: float


@dataclass(frozen=True, slots=True)
class Scanned:
    """An answer and its drifts.

    Attributes:
        text: the answer.
        languages: expected, BCP-47; empty where unknown, and then nothing is judged.
        decided_by: `request` where it was named, else how `expected_language` decided.
        drifts: in order; none overlap.
    """

    text: str
    languages: tuple[str, ...]
    decided_by: DecidedBy
    drifts: tuple[Drift, ...]
