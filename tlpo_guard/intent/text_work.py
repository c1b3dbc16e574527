"""Work on a text that a message brings: its language, not the user's, may be the answer's.

Correcting and continuing keep the text's language, and so does a reply. A summary, an explanation or an analysis is
in the language of the user's own words, and so is a translation that names no language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.identify import Identified, identify
from tlpo_guard.intent.masking import without_code
from tlpo_guard.intent.wording import wordings
from tlpo_guard.intent.work_words import SUMMARISE_VERBS, TRANSLATE_VERBS, WORK_WORDS
from tlpo_guard.intent.writing import writing_of_chinese
from tlpo_guard.languages.relations import base_language
from tlpo_guard.words.patterns import compiled

if TYPE_CHECKING:
    import regex

__all__ = ["TextWork", "Work", "text_work"]

_ENDS = r"(?<=[:：])\s*|\n+"
_LONGEST_ORDER = 240  # characters of a sentence that says what to do with a text
_MOST_TEXT = 2000  # characters of the text that are read
_FEW_WORDS = 3
_VERB = 16  # letters
_FEW_SENTENCES = 2
_MUCH = 3  # times as long
_LIKELY = 0.4  # probability of a text's language where it is not clear
_LEAST_TEXT = 8  # letters of a text that is worked on
_QUOTED = r"[\"“„«「『‘](?P<quoted>[^\"”“»」』’]{8,})[\"”“»」』’]"


class Work(StrEnum):
    """What is done with a text."""

    KEEP = "keep"  # its language stays: correct, continue
    REPLY = "reply"  # it is answered or written anew
    SAME = "same"  # the language of the text is asked for
    SUMMARISE = "summarise"  # the words that ask decide
    TRANSLATE = "translate"  # it is translated into a language that is not named


_VERBS: dict[Work, Mapping[str, str]] = {Work.TRANSLATE: TRANSLATE_VERBS, Work.SUMMARISE: SUMMARISE_VERBS}


@dataclass(frozen=True, slots=True)
class TextWork:
    """A text and what is to be done with it.

    Attributes:
        work: what.
        order: the sentence that says so.
        own: tag of the language of that sentence; None where nothing tells it.
        or_own: other languages that the sentence may be in.
        says_more: whether it is more than a verb.
        language: tag of the text's language; None where nothing tells it.
        confidence: in the text's language, 0 to 1.
    """

    work: Work
    order: str
    own: str | None
    or_own: tuple[str, ...]
    says_more: bool
    language: str | None
    confidence: float


def text_work(message: str) -> TextWork | None:
    """What a message asks to be done with a text that it brings; None where it brings none.

    Args:
        message: the text of a user's message, as far as it is read.
    """
    plain = without_code(message)
    pieces = [piece.strip() for piece in compiled(_ENDS).split(plain) if piece.strip()]
    if len(pieces) < 2:
        return _quoted(plain)
    ends = ((pieces[0], "\n".join(pieces[1:])), (pieces[-1], "\n".join(pieces[:-1])))
    # A text may have the words of an order, too ("Summary of the annual report"): the shorter of two orders is one.
    for order, rest in sorted(ends, key=lambda end: _length(end[0])):
        if len(order) <= _LONGEST_ORDER and not _is_the_text(order, rest) and (work := _work(order)):
            return _of(work, order, rest)
    return _quoted(plain)


def _is_the_text(order: str, rest: str) -> bool:
    """Whether the end of a message is a text of several sentences, and the rest the question about it."""
    sentences = len(compiled(r"[.!?](?=\s|$)|[。！？।؟]").findall(order))
    return sentences > _FEW_SENTENCES and _length(order) > _MUCH * _length(rest)


def _length(text: str) -> int:
    """Letters, those of scripts without spaces twice."""
    return sum(2 if char > "\u2e80" else 1 for char in text if char.isalpha())


def _quoted(plain: str) -> TextWork | None:
    match = compiled(_QUOTED).search(plain)
    if match is None:
        return None
    order = plain[: match.start()] + plain[match.end() :]
    work = _work(order) if len(order) <= _LONGEST_ORDER else None
    return _of(work, order.strip(), match["quoted"]) if work else None


def _of(work: Work, order: str, text: str) -> TextWork | None:
    if sum(map(str.isalpha, text)) < _LEAST_TEXT:
        return None
    found = _likeliest(identify(text[:_MOST_TEXT]))
    own = _languages_of_verb(order, _VERBS[work]) if work in _VERBS else [tag for tag in (identify(order).tag,) if tag]
    says_more = _length(order) > _VERB
    return TextWork(work, order[:80], own[0] if own else None, tuple(own[1:]), says_more, found.tag, found.confidence)


def _likeliest(found: Identified) -> Identified:
    """The language of a text that may be full of faults, which make it less clear."""
    if found.tag is not None or not found.probabilities:
        return found
    tag, share = max(found.probabilities.items(), key=lambda item: item[1])
    return replace(found, tag=tag, confidence=share) if share >= _LIKELY else found


def _languages_of_verb(order: str, verbs: Mapping[str, str]) -> list[str]:
    """The languages that an order may be in, likeliest first; often it is just the verb."""
    identified, folded = identify(order), fold(order)
    fitting = [locale for locale, verb in verbs.items() if compiled(fold(verb)).search(folded)]
    if identified.tag is not None and (base_language(identified.tag) in fitting or len(order.split()) > _FEW_WORDS):
        return [identified.tag]
    likely = {base_language(tag): share for tag, share in identified.probabilities.items()}
    spelt = [locale for locale, verb in verbs.items() if compiled(verb).search(order.lower())]
    fitting.sort(key=lambda locale: (likely.get(locale, 0.0) < _LIKELY, locale not in spelt))
    return [writing_of_chinese(order) if locale == "zh" else locale for locale in fitting]


def _is_a_question(order: str, folded: str) -> bool:
    """Whether a sentence asks about a text, such as "why is this correct?", and wants no work on it."""
    tag = identify(order).tag
    row = wordings().get(base_language(tag)) if tag else None
    if row is None:
        return False
    return row.question.match(folded) is not None or (tag == "en" and row.aside.search(folded) is not None)


def _work(order: str) -> Work | None:
    folded = fold(order)
    if _is_a_question(order, folded):
        return None
    for work in (Work.SAME, Work.TRANSLATE, Work.SUMMARISE, Work.KEEP, Work.REPLY):
        if _expression(work).search(folded):
            return work
    return None


@cache
def _expression(work: Work) -> "regex.Pattern[str]":
    if work in _VERBS:
        return compiled("|".join(f"(?:{fold(verb)})" for verb in _VERBS[work].values()))
    column = {Work.SAME: 0, Work.KEEP: 1, Work.REPLY: 2}[work]
    return compiled("|".join(f"(?:{fold(row[column])})" for row in WORK_WORDS.values() if row[column]))
