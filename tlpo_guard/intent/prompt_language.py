"""The language of what a user says, as opposed to what they paste, quote or program."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.identify import Identified, identify
from tlpo_guard.intent.masking import without_code, without_quotes
from tlpo_guard.intent.phrases import PHRASES
from tlpo_guard.words.patterns import compiled

if TYPE_CHECKING:
    import regex

__all__ = ["prompt_language"]

_END = r"(?<=[!?。！？؟।:：;])\s*|(?<=\.)\s+|\n+"
_MIN_LETTERS = 6
_LONG = 200  # characters; a longer stretch is more likely pasted than asked
_CLEAR = 0.9
_POSSIBLE = 0.02  # probability of a language that a text may well be in


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    identified: Identified


def prompt_language(text: str) -> tuple[str | None, float]:
    """Tag of the language that a message's own words are in and how sure that is, 0 to 1; None where nothing tells it."""
    plain = without_code(text)
    unquoted = _of_sentences(without_quotes(plain))
    if unquoted.tag is not None and unquoted.confidence >= _CLEAR:
        return unquoted.tag, unquoted.confidence
    whole = _of_sentences(plain)
    # Few words beside a quotation: its language decides if it may be theirs, or if they say nothing.
    if unquoted.tag is None or (whole.tag and unquoted.probabilities.get(whole.tag, 0.0) >= _POSSIBLE):
        return whole.tag, whole.confidence
    return unquoted.tag, unquoted.confidence


def _of_sentences(text: str) -> Identified:
    whole = identify(text)
    segments = [part for part in compiled(_END).split(text) if _letters(part) >= _MIN_LETTERS]
    if len(segments) < 2:
        return whole
    head, tail = _part(segments), _part(segments[::-1])
    if head is None or tail is None:
        one = head or tail
        return whole if one is None or _may_be_one(one.identified, whole) else one.identified
    if _may_be_one(head.identified, tail.identified):
        return whole if whole.tag in (head.identified.tag, tail.identified.tag) else head.identified
    return max((head, tail), key=_instructs).identified  # the head where both do


def _part(segments: list[str]) -> _Part | None:
    """The first of some segments whose language is clear."""
    for segment in segments[:3]:
        identified = identify(segment)
        if identified.tag is not None:
            return _Part(segment.strip(), identified)
    return None


def _may_be_one(a: Identified, b: Identified) -> bool:
    """Whether two texts may be in one language: the likelier one of either is possible for the other."""
    if a.tag is None or b.tag is None:
        return True
    return max(a.probabilities.get(b.tag, 0.0), b.probabilities.get(a.tag, 0.0)) >= _POSSIBLE


def _instructs(part: _Part) -> float:
    """How much a sentence looks like one that asks for something."""
    score = 0.0
    if part.text.endswith(("?", "？", "؟", ":", "：", ";")):
        score += 2.0
    verbs = _verbs(part.identified.tag or "")
    if verbs is not None and verbs.search(fold(part.text)):
        score += 1.0
    return score - (1.0 if len(part.text) > _LONG else 0.0)


@cache
def _verbs(tag: str) -> "regex.Pattern[str] | None":
    row = PHRASES.get(tag)
    if row is None:
        return None
    asking = rf"^\W*(?:{row.question})" if row.question else ""
    return compiled(fold("|".join(filter(None, (asking, row.write, row.translate, row.answer, row.aside)))))


def _letters(text: str) -> int:
    return sum(2 if char > "\u2e80" else 1 for char in text if char.isalpha())
