"""Where a text in Latin letters changes its language, word by word: phrases in a question, and speakers of two languages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, permutations

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.intent.word_votes import LATIN_LISTS, columns_of, tag_of_list, zipf_values
from tlpo_guard.languages.relations import base_language, confused_by_fasttext
from tlpo_guard.words.patterns import WORD, compiled

__all__ = ["Run", "runs_of_languages", "switches"]

_MOST_WORDS = 80
_MOST_LANGUAGES = 4  # that are tried
_UNSEEN = 2.0  # zipf value of a word that a list lacks
_ENGLISH = LATIN_LISTS.index("en")
_SWITCH = 4.0  # orders of magnitude by which the words must be more frequent in another language before it is taken
_NAME = 0.3  # worth of a word with a capital inside a sentence
_EVERYDAY, _RARER = 5.3, 1.5  # zipf value of an everyday word; how much lower it is in the other language
_BOTH = 2  # different everyday words of either language that make a speaker of both
_FOREIGN = 2.8  # orders of magnitude by which a language's words must be rarer in the other one, in all


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring words in one language.

    Attributes:
        tag: wordfreq's name of the language.
        start: character offset.
        end: offset after them.
        words: how many.
    """

    tag: str
    start: int
    end: int
    words: int


def runs_of_languages(text: str) -> list[Run]:
    """The runs of a text, by wordfreq's lists; one where it is in one language, none where no list has its words."""
    matches = list(islice(compiled(WORD).finditer(text), _MOST_WORDS))
    if not matches:
        return []
    values = zipf_values(match.group() for match in matches)
    worth = [_NAME if i and match.group()[0].isupper() else 1.0 for i, match in enumerate(matches)]
    lists = _candidates(values, worth)
    if not lists:
        return []
    path = _path(values, worth, lists)
    runs: list[Run] = []
    for match, place in zip(matches, path, strict=True):
        tag = LATIN_LISTS[place]
        if runs and runs[-1].tag == tag:
            runs[-1] = Run(tag, runs[-1].start, match.end(), runs[-1].words + 1)
        else:
            runs.append(Run(tag, match.start(), match.end(), 1))
    return runs if _distinct(path, values) else [_whole(runs)]


def switches(text: str, tag: str) -> str | None:
    """The other language of a writer who changes between two inside sentences; None where the text has just terms of it.

    Args:
        text: their words, in Latin letters.
        tag: its language.
    """
    matches = list(islice(compiled(WORD).finditer(text), _MOST_WORDS))
    words = [match.group().lower() for match in matches]
    values = zipf_values(words)
    values[[not _is_no_name(match.group(), text[: match.start()]) for match in matches]] = 0.0
    for other in (tag_of_list(LATIN_LISTS[place]) for place in _candidates(values, [1.0] * len(values))):
        if other == tag or base_language(other) in confused_by_fasttext(base_language(tag)):
            continue
        theirs, mine = _everyday_of(values, other, tag), _everyday_of(values, tag, other)
        places = sum(i - 1 not in theirs for i in theirs)
        if places > 1 and len({words[i] for i in theirs}) >= _BOTH and len({words[i] for i in mine}) >= _BOTH:
            return other
    return None


def _is_no_name(word: str, before: str) -> bool:
    return word[0].islower() or before.rstrip()[-1:] in ("", ".", "?", "!", "¿", "¡")


def _everyday_of(values: NDArray[np.float64], tag: str, other: str) -> list[int]:
    """The places of the words that are everyday ones of a language and not of another."""
    own, their = (values[:, columns_of(one)].max(axis=1, initial=0.0) for one in (tag, other))
    their[their == 0.0] = _UNSEEN
    places: list[int] = ((own >= _EVERYDAY) & (own - their >= _RARER)).nonzero()[0].tolist()
    return places


def _candidates(values: NDArray[np.float64], worth: Sequence[float]) -> list[int]:
    """The lists, by their places, that most words of the text, of its beginning, middle or end, speak for."""
    if not values.any():
        return []
    third = max(len(values) // 3, 3)
    middle = len(values) // 2
    parts = (
        slice(None),
        slice(third),
        slice(-third, None),
        slice(max(middle - third // 2, 0), middle + third // 2 + 1),
    )
    said = np.where(values > 0, np.asarray(worth)[:, None] * (values - _UNSEEN), 0.0)
    found = Counter(place for part in parts for place in _two_likeliest(said[part]))
    likeliest = [place for place, _ in found.most_common(_MOST_LANGUAGES)]
    return [*dict.fromkeys([*likeliest, _ENGLISH])]


def _two_likeliest(said: NDArray[np.float64]) -> list[int]:
    """The two lists that words speak for most; of equal ones, those that the first words speak for."""
    sums, first = said.sum(axis=0), (said > 0).argmax(axis=0)
    return [place for place in np.lexsort((first, -sums))[:2].tolist() if sums[place] > 0]


def _path(values: NDArray[np.float64], worth: Sequence[float], lists: Sequence[int]) -> list[int]:
    """The most probable list of each word, where a change costs (Viterbi)."""
    said = (np.asarray(worth)[:, None] * np.maximum(values[:, lists] - _UNSEEN, 0.0)).tolist()
    scores = [0.0] * len(lists)
    back: list[list[int]] = []
    for row in said:
        best = max(range(len(lists)), key=scores.__getitem__)
        change = scores[best] - _SWITCH
        back.append([i if score >= change else best for i, score in enumerate(scores)])
        scores = [max(score, change) + gain for score, gain in zip(scores, row, strict=True)]
    place = max(range(len(lists)), key=scores.__getitem__)
    path = [place]
    for origin in reversed(back[1:]):
        place = origin[place]
        path.append(place)
    return [lists[place] for place in reversed(path)]


def _distinct(path: Sequence[int], values: NDArray[np.float64]) -> bool:
    """Whether each of the languages has words that are foreign to the others."""
    places, known = np.asarray(path), np.maximum(values, _UNSEEN)
    for place, other in permutations(set(path), 2):
        if LATIN_LISTS[other] in confused_by_fasttext(LATIN_LISTS[place]):
            return False
        rarer = np.maximum(known[:, place] - known[:, other], 0.0)[places == place]
        if sum(rarer.tolist()) < _FOREIGN:
            return False
    return True


def _whole(runs: Sequence[Run]) -> Run:
    words: Counter[str] = Counter()
    for run in runs:
        words[run.tag] += run.words
    return Run(words.most_common(1)[0][0], runs[0].start, runs[-1].end, sum(run.words for run in runs))
