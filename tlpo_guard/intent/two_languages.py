"""The words of somebody who may speak two languages, or whose language may be one of two near relatives."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.intent.evidence import COMMON
from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.framing import frame_script
from tlpo_guard.intent.identify import Identified, identify
from tlpo_guard.intent.mixing import Run, runs_of_languages, switches
from tlpo_guard.intent.phrases import PHRASES, Phrases
from tlpo_guard.intent.said import OwnWords
from tlpo_guard.intent.word_votes import columns_of, tag_of_list, zipf_values
from tlpo_guard.languages.relations import base_language, confused_by_fasttext
from tlpo_guard.words.patterns import WORD, compiled

if TYPE_CHECKING:
    import regex

__all__ = ["any_of", "by_runs", "by_words", "of_relatives", "question_of", "switching"]

_END = r"(?<=[!?。！？؟।։;:：])(?:\s+|$)|(?<=[。！？])|(?<=\.)\s+|\n+"
_MIXED_IN = 600  # characters of the own words in which a change of language is looked for
_ASKED_ABOUT = 0.85  # confidence in the language of a sentence around words in another
_FEW_WORDS = 3  # of another language, that are a term or a name
_CLEAR_OF_TWO, _LEAST_OF_TWO = 0.75, 0.25  # probability of two languages together, and of the less likely one
_UNSEEN = 2.3  # zipf value of a word that a list lacks
_LIKELIER, _MUCH_LIKELIER = (
    1.0,
    3.0,
)  # orders of magnitude by which words fit a relative better, where models doubt or do not
_BY_WORDS = 0.7  # confidence in what words say against the models
_HALF, _MIXED = 0.5, 0.2  # share of the words


def question_of(row: Phrases) -> str:
    return rf"^\W*(?:{row.question})" if row.question else ""


def any_of(*expressions: str) -> "regex.Pattern[str]":
    return compiled(fold("|".join(filter(None, expressions))) or r"(?!)")


def by_words(own: OwnWords) -> OwnWords:
    """The same, where everyday words that a near relative has, and the language has not, say that it is the relative."""
    if own.language is None or own.second is not None or len(own.text) > _MIXED_IN:
        return own
    relatives = confused_by_fasttext(base_language(own.language)) - {base_language(own.language)}
    values = _values(own.text) if columns_of(own.language) and any(map(columns_of, relatives)) else None
    if values is None or not _listed(values, own.language):
        return own
    for relative in sorted(relatives):
        if _listed(values, relative) and _fits_better(values, relative, own.language) >= _MUCH_LIKELIER:
            return replace(
                own, language=relative, confidence=_BY_WORDS, second=own.language, second_share=1.0 - _BY_WORDS
            )
    return own


def _values(text: str) -> NDArray[np.float64]:
    return zipf_values(word for word in compiled(WORD).findall(text) if word[0].islower())


def _listed(values: NDArray[np.float64], tag: str) -> bool:
    """Whether any of the words is on a list of the language."""
    return bool(values[:, columns_of(tag)].any())


def _fits_better(values: NDArray[np.float64], tag: str, other: str) -> float:
    """Orders of magnitude by which words are more frequent in a language than in another."""
    own, their = (values[:, columns_of(one)].max(axis=1, initial=_UNSEEN) for one in (tag, other))
    return float(sum((own - their).tolist()))


def of_relatives(own: OwnWords, said: Identified) -> OwnWords:
    """The same, where two languages that are hard to tell apart share the probability: the likelier one, and the other."""
    if own.second is not None or own.language not in (None, said.tag):
        return own
    likeliest = sorted(said.probabilities, key=said.probabilities.__getitem__)[:-3:-1]
    if len(likeliest) < 2 or base_language(likeliest[1]) not in confused_by_fasttext(base_language(likeliest[0])):
        return own
    if sum(map(said.probabilities.__getitem__, likeliest)) < _CLEAR_OF_TWO:
        return own
    if said.probabilities[likeliest[1]] < _LEAST_OF_TWO:
        return own
    values = _values(own.text[:_MIXED_IN])
    told = _fits_better(values, *likeliest)
    if abs(told) >= _LIKELIER and all(_listed(values, tag) for tag in likeliest):
        likeliest = likeliest if told > 0 else likeliest[::-1]
    else:
        likeliest.sort(key=lambda tag: tag not in COMMON)  # of two that are that close, the one in wide use
    first, second = likeliest
    return replace(
        own,
        language=first,
        confidence=said.probabilities[first],
        second=second,
        second_share=said.probabilities[second],
    )


def switching(own: OwnWords) -> OwnWords:
    """The same, of a writer who changes between two languages inside sentences: everyday words of both say so, not terms."""
    if own.language is None or own.switches or len(own.text) > _MIXED_IN:
        return own
    other = switches(own.text, own.language)
    if other is None or own.second not in (None, other):
        return own
    phrases = tuple(tag for tag in own.phrases if tag != other)
    return replace(own, second=other, second_share=max(own.second_share, _MIXED), phrases=phrases, switches=True)


def by_runs(own: OwnWords) -> OwnWords:
    """The same, where words inside the sentences are in another language: asked about, or of a speaker of both."""
    romanised = own.language is not None and own.language.endswith("-Latn")
    if romanised or len(own.text) > _MIXED_IN or frame_script(own.text)[0] != "Latn":
        return own
    runs = runs_of_languages(own.text)
    words: dict[str, int] = {}
    for run in runs:
        words[run.tag] = words.get(run.tag, 0) + run.words
    if len(words) != 2:
        return own
    first, other = words
    # What stands once, in or behind a sentence, is what it asks about, or the speaker's other language.
    inside = [run for run in runs if run.tag == other]
    if len(inside) == 1:
        said = " ".join(own.text[run.start : run.end] for run in runs if run.tag == first)
        return _framed(own, tag_of_list(first), said, inside[0], sum(words.values()))
    share = words[other] / sum(words.values())
    main, second = (first, other) if share <= _HALF else (other, first)
    share = min(share, 1.0 - share)
    if share < _MIXED:
        return replace(own, phrases=tuple(dict.fromkeys((*own.phrases, tag_of_list(second)))))
    several = sum(run.tag == other for run in runs) > 1
    return replace(own, language=tag_of_list(main), second=tag_of_list(second), second_share=share, switches=several)


def _framed(own: OwnWords, tag: str, said: str, inside: Run, words: int) -> OwnWords:
    """The same, of a sentence that begins in one language and has words of another in it, or behind."""
    tag, other = identify(said).tag or tag, tag_of_list(inside.tag)
    own = replace(own, language=tag, confidence=_ASKED_ABOUT)
    sentences = compiled(_END).search(own.text[inside.start : inside.end].strip()) is not None
    row = PHRASES.get(tag)
    asks = row is not None and any_of(question_of(row), row.translate, row.aside).search(fold(said)) is not None
    if not sentences and (asks or inside.words <= _FEW_WORDS or inside.words < _MIXED * words):
        return replace(own, phrases=tuple(dict.fromkeys((*own.phrases, other))))
    return replace(own, second=other, second_share=inside.words / words)
