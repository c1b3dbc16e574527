"""The language of a piece of text: by script, then by fastText and word votes together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.intent.folding import without_points
from tlpo_guard.intent.framing import frame_script, only_script
from tlpo_guard.intent.phrases import PHRASES
from tlpo_guard.intent.romanised import romanised
from tlpo_guard.intent.word_votes import Votes, votes, words_of
from tlpo_guard.intent.writing import language_of_script, writing_of_han
from tlpo_guard.languages.lid import predict
from tlpo_guard.languages.relations import INTENT_TAGS, LISTS_BY_SCRIPT, SERBO_CROATIAN, base_language
from tlpo_guard.languages.tags import language

__all__ = ["Identified", "identify", "identify_among"]

_LONGEST = 1000  # characters that are read
_LABELS = 10  # of fastText's labels
_FLOOR = 0.01  # probability of a language that fastText does not name
_WEIGHT = 1.6  # of the mean vote per word, times the square root of their number: words of a text depend on each other
_UNLISTED = 0.85
_SHORT_WORD = 2  # letters; words no longer than that ("ok", "no", "hi") are at home in many languages
# Head start, in nats, of the languages whose requests are understood: they are written more than their close relatives.
_PRIOR = 1.0
_PRIORS = {"Deva": 2.0, "Beng": 2.0}
_MIN_CONFIDENCE = 0.45
_MIN_COVERAGE = 0.2  # of its words by the language's list, where fastText is not sure
_MIN_TOGETHER = 0.45  # that coverage and fastText's probability
_SURE_ALONE = 0.75  # fastText's probability that stands without words that confirm it
_LIKELY, _CONFIRMED = 0.5, 0.85  # fastText's probability that stands where words leave the language this sure


@dataclass(frozen=True, slots=True)
class Identified:
    """The language of a text.

    Attributes:
        tag: BCP-47; None where nothing tells it clearly.
        confidence: of the most probable one, 0 to 1.
        probabilities: tag -> 0 to 1.
    """

    tag: str | None
    confidence: float
    probabilities: dict[str, float]


_NOTHING = Identified(None, 0.0, {})


def identify(text: str) -> Identified:
    """The language of a text."""
    text = without_points(" ".join(text[:_LONGEST].split()))
    script, share = frame_script(text)
    if script is None:
        return _NOTHING
    if script in ("Hani", "Jpan"):
        tag = "ja" if script == "Jpan" else writing_of_han(text)
        return _NOTHING if tag is None else _one(tag, share)
    if (tag := language_of_script(script)) is not None:
        return _one(tag, share)
    text = only_script(text, script)
    if script == "Latn":
        tag, share = romanised(text)
        if tag is not None:
            return _one(tag, share)
    return _by_words(text, script)


def identify_among(text: str, tags: Sequence[str]) -> tuple[dict[str, float], int]:
    """(tag -> how probable each of some languages is, 0 to 1, where another one is no likelier; the number of words).

    Args:
        text: to identify.
        tags: languages of one script.
    """
    found = identify(text)
    probabilities = {tag: found.probabilities.get(base_language(tag), 0.0) for tag in tags}
    total = sum(probabilities.values())
    words = len(words_of(text))
    if total <= max(found.probabilities.values(), default=0.0) / 2:
        return {}, words
    return {tag: probability / total for tag, probability in probabilities.items()}, words


def _one(tag: str, confidence: float) -> Identified:
    return Identified(tag, confidence, {tag: confidence})


def _by_words(text: str, script: str) -> Identified:
    if script == "Latn" and max(map(len, words_of(text)), default=0) <= _SHORT_WORD:
        return _NOTHING
    said = votes(text, script)
    guesses = _guesses(text, script)
    scores = {tag: _score(tag, script, said, guesses) for tag in {*guesses, *map(_tag, said.scores)}}
    if not scores:
        return _NOTHING
    most = max(scores.values())
    weights = {tag: math.exp(score - most) for tag, score in scores.items()}
    total = sum(weights.values())
    probabilities = {tag: weight / total for tag, weight in weights.items()}
    best = max(scores, key=scores.__getitem__)
    clear = _clear(best, probabilities[best], guesses, said, script)
    return Identified(best if clear else None, probabilities[best], probabilities)


def _score(tag: str, script: str, said: Votes, guesses: dict[str, float]) -> float:
    """Logarithm of a language's weight, natural."""
    if _listed(tag, script):
        vote = max((value for lang, value in said.scores.items() if _same(lang, tag)), default=0.0)
    else:
        # Without a list fastText judges, as if the words fitted nearly as well as they fit the best language.
        vote = _UNLISTED * max(said.scores.values(), default=0.0)
    prior = _PRIORS.get(script, _PRIOR) if tag in PHRASES else 0.0
    return prior + math.log(guesses.get(tag, 0.0) + _FLOOR) + _WEIGHT * math.sqrt(said.words) * vote


def _clear(tag: str, confidence: float, guesses: dict[str, float], said: Votes, script: str) -> bool:
    if confidence < _MIN_CONFIDENCE:
        return False
    if LISTS_BY_SCRIPT.get(script) == (tag,):
        return True
    coverage = max((share for lang, share in said.coverage.items() if _same(lang, tag)), default=0.0)
    guess = guesses.get(tag, 0.0)
    if guess >= _SURE_ALONE or (guess >= _LIKELY and confidence >= _CONFIRMED):
        return True
    return coverage >= _MIN_COVERAGE and guess + coverage >= _MIN_TOGETHER


def _guesses(text: str, script: str) -> dict[str, float]:
    """fastText's probabilities, of the languages that are written in the script."""
    guesses: dict[str, float] = {}
    for label, probability in predict(text.lower(), k=_LABELS):
        tag = _tag(label)
        try:
            fits = script in language(tag).scripts
        except UnknownLanguageError:
            continue
        if fits:
            guesses[tag] = guesses.get(tag, 0.0) + probability
    return guesses


def _tag(label: str) -> str:
    return INTENT_TAGS.get(label, label)


def _same(lang: str, tag: str) -> bool:
    """Whether a list is a language's own; Bosnian, Croatian and Serbian share one."""
    return _tag(lang) == tag or (lang == "sh" and tag in SERBO_CROATIAN)


def _listed(tag: str, script: str) -> bool:
    return any(_same(lang, tag) for lang in LISTS_BY_SCRIPT.get(script, ()))
