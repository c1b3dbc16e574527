"""The language of a piece of text: by script and characters, then by all evidence for each language, weighed together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import mul

from tlpo_guard.intent.evidence import everyday_hits, evidence
from tlpo_guard.intent.folding import without_points
from tlpo_guard.intent.framing import frame_script, only_script
from tlpo_guard.intent.word_votes import words_of
from tlpo_guard.intent.writing import language_of_script, writing_of_han
from tlpo_guard.languages.relations import base_language, varieties_of_one_language
from tlpo_guard.words.patterns import WORD, compiled

__all__ = ["Identified", "identify", "identify_among"]

_LONGEST = 600  # characters that are read
_CACHED = 512  # texts; the parts of a message are looked at again and again, and so are the messages of a conversation
_CHINESE, _POSSIBLE = ("zh", "zh-Hans", "zh-Hant"), 0.05
_LONGEST_NAME = 3  # words
_SHORT_WORD = 2  # letters; words no longer than that ("ok", "no", "hi") are at home in many languages
_CLEAR = 0.6  # probability
_OPENING_SIGNS = frozenset(
    "¿¡"
)  # Spanish opens questions with one; where words tell of another language, they are believed
# Weights of `Evidence.of` and `Evidence.of_none` in a multinomial logit. They were fitted to sentences of user interfaces,
# declarations and everyday questions in some 300 languages, half of which the models and lists know nothing of.
_WEIGHTS = (
    0.622,
    1.849,
    1.664,
    0.270,
    0.165,
    -0.736,
    1.062,
    1.529,
    1.188,
    -0.938,
    -0.386,
    0.964,
    0.816,
    -0.201,
    0.344,
    -1.584,
    -1.106,
    0.631,
    0.450,
)
_WEIGHTS_OF_NONE = (-1.203, 1.198, 1.001, 0.017, 2.501, 0.336)
# Dialects whose speakers are answered in the written language.
_WRITTEN: dict[str, str] = {"gsw": "de", "bar": "de"}


@dataclass(frozen=True, slots=True)
class Identified:
    """The language of a text.

    Attributes:
        tag: BCP-47; None where nothing tells it clearly.
        confidence: of the most probable one, 0 to 1.
        probabilities: tag -> 0 to 1; they sum to less than 1 where it may be none of them.
    """

    tag: str | None
    confidence: float
    probabilities: dict[str, float]


_NOTHING = Identified(None, 0.0, {})


def identify(text: str) -> Identified:
    """The language of a text."""
    return _identified(without_points(" ".join(text[:_LONGEST].split())))


@lru_cache(maxsize=_CACHED)
def _identified(text: str) -> Identified:
    script, share = frame_script(text)
    if script is None:
        return _NOTHING
    if script == "Hani":
        tag = writing_of_han(text)
        return _NOTHING if tag is None else _of_han(tag, share)
    if (tag := language_of_script(script)) is not None:
        return _one(tag, share)
    found = _by_words(only_script(text, script), script)
    if found.tag is None and script == "Latn" and not _OPENING_SIGNS.isdisjoint(text):
        return _one("es", max(_CLEAR, found.probabilities.get("es", 0.0)))
    return found


def _by_words(text: str, script: str) -> Identified:
    if max(map(len, words_of(text)), default=0) <= _SHORT_WORD:
        return _NOTHING
    found = _by_evidence(text, script)
    named = found.tag is not None and _may_be_a_name(text) and not everyday_hits(text, script, found.tag)
    return replace(found, tag=None) if named else found


def _may_be_a_name(text: str) -> bool:
    """Whether a text is one word, or two or three with capitals: names are spelt alike in many languages."""
    words = compiled(WORD).findall(text)
    return len(words) == 1 or (
        len(words) <= _LONGEST_NAME and all(word[0].isupper() for word in words if len(word) > _SHORT_WORD)
    )


def identify_among(text: str, tags: Sequence[str]) -> tuple[dict[str, float], int]:
    """(tag -> how probable each of some languages is, 0 to 1, where another one is no likelier; the number of words).

    Args:
        text: to identify.
        tags: languages of one script.
    """
    found = identify(text)
    probabilities = {tag: _probability(found, tag) for tag in tags}
    total = sum(probabilities.values())
    words = len(words_of(text))
    if total <= max(found.probabilities.values(), default=0.0) / 2:
        return {}, words
    return {tag: probability / total for tag, probability in probabilities.items()}, words


def _probability(found: Identified, tag: str) -> float:
    return found.probabilities.get(tag, found.probabilities.get(base_language(tag), 0.0))


def _one(tag: str, confidence: float) -> Identified:
    return Identified(tag, confidence, {tag: confidence})


def _of_han(tag: str, share: float) -> Identified:
    """What few characters tell of, in a text in Han characters alone, may be another writing of Chinese."""
    return Identified(tag, share, {**dict.fromkeys(_CHINESE, _POSSIBLE), tag: share})


def _by_evidence(text: str, script: str) -> Identified:
    found = evidence(text, script)
    if not found.of:
        return _NOTHING
    scores = {tag: _score(numbers, _WEIGHTS) for tag, numbers in found.of.items()}
    none = _score(found.of_none, _WEIGHTS_OF_NONE)
    most = max(none, *scores.values())
    weights: dict[str, float] = {}
    for tag, score in scores.items():
        written = _WRITTEN.get(tag, tag)
        weights[written] = weights.get(written, 0.0) + math.exp(score - most)
    total = sum(weights.values()) + math.exp(none - most)
    probabilities = {tag: weight / total for tag, weight in weights.items()}
    best = max(probabilities, key=probabilities.__getitem__)
    confidence = _confidence(best, probabilities)
    return Identified(best if confidence >= _CLEAR else None, confidence, probabilities)


def _confidence(best: str, probabilities: dict[str, float]) -> float:
    """The best one's probability; of varieties of one language, whose readers read all of them, that of all together."""
    return sum(p for tag, p in probabilities.items() if _are_read_alike(tag, best))


@lru_cache(maxsize=4096)
def _are_read_alike(tag: str, other: str) -> bool:
    return tag == other or varieties_of_one_language(base_language(tag), base_language(other))


def _score(numbers: Sequence[float], weights: Sequence[float]) -> float:
    score: float = sum(map(mul, numbers, weights))
    return score
