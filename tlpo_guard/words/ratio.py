"""How much more a word speaks for one language than for another.

Frequencies are wordfreq's small lists (Speer 2022); what is on neither list is judged by its spelling.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from itertools import filterfalse
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages.repertoires import GREEK_SYMBOLS
from tlpo_guard.words import ngrams
from tlpo_guard.words.frequencies import frequencies
from tlpo_guard.words.hashing import find, hashes
from tlpo_guard.words.kept import kept
from tlpo_guard.words.lists import frequency_list, path_of_list, share
from tlpo_guard.words.ngrams import Spelled, SpellingModel

__all__ = ["WordRatio", "learn", "word_ratio"]

_UNLISTED = float(np.log(0.005))  # share of running words that no list has
_ZIPF_OF_ALL = np.float64(9.0)  # of what is all of the text
_NATS = float(np.log(10.0))  # of one zipf value
_GUESSED = 0.5  # worth of a ratio that rests on spelling alone
_CLIP = 6.0
_CACHED_PAIRS = 64
_KNOWN_WORDS = 16384  # of each pair; one or two MiB


class _Language:
    """What is kept of one language: its list, by hash, and how its words are spelt; two and a half MiB.

    Attributes:
        spelling: how words of the language are spelt.
    """

    def __init__(self, tag: str) -> None:
        self.spelling = _spelling(tag)
        self._listed = frequencies(tag)

    def log_shares(self, keys: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Logarithm of the share of words in running text, and which words the list has; float64 [words], bool [words].

        Of a word that the list lacks the first is of no use.
        """
        rows, known = find(keys, self._listed.keys)
        return (self._listed.zipfs[rows] - _ZIPF_OF_ALL) * _NATS, known


def _spelling(tag: str) -> SpellingModel:
    tables = kept(f"spelling-{tag}", (path_of_list(tag), Path(ngrams.__file__)), lambda: _spelling_tables(tag))
    return SpellingModel(tables["counts"], tables["filled"], tables["sizes"], float(tables["total"]))


def _spelling_tables(tag: str) -> dict[str, NDArray[Any]]:
    buckets = frequency_list(tag)
    shares = np.repeat([share(place) for place in range(len(buckets))], [len(bucket) for bucket in buckets])
    model = SpellingModel.of(Spelled.of([word for bucket in buckets for word in bucket]), shares)
    return {"counts": model.counts, "filled": model.filled, "sizes": model.sizes, "total": np.asarray(model.total)}


class _Words:
    """Words that are looked up together, in some languages.

    Args:
        words: in normal form.
        languages: that are asked for.
    """

    def __init__(self, words: Sequence[str], languages: Collection[_Language]) -> None:
        self.words = words
        keys = hashes(words)
        self._found = {language: language.log_shares(keys) for language in languages}
        unlisted = np.flatnonzero(~np.logical_and.reduce([known for _, known in self._found.values()]))
        if len(unlisted):
            spelled = Spelled.of([words[row] for row in unlisted.tolist()])
            for language, (log_shares, known) in self._found.items():
                if (lacks := ~known[unlisted]).any():
                    log_shares[unlisted[lacks]] = _UNLISTED + language.spelling.log_probability(spelled)[lacks]

    def ratios(self, other: _Language, expected: _Language) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The ratios of the words, and which of them are on neither list; float64 [words], bool [words]."""
        (other_logs, in_other), (expected_logs, in_expected) = self._found[other], self._found[expected]
        unlisted = ~(in_other | in_expected)
        ratios = other_logs - expected_logs
        ratios[unlisted] *= _GUESSED
        ratios[[word in GREEK_SYMBOLS for word in self.words]] = 0.0  # letters of formulas, which some lists have
        return ratios.clip(-_CLIP, _CLIP), unlisted


_ratios: WeakValueDictionary[tuple[str, str], "WordRatio"] = WeakValueDictionary()
_language = cache(_Language)


@lru_cache(maxsize=_CACHED_PAIRS)
def word_ratio(expected: str, other: str) -> "WordRatio":
    """The ratio of a pair of languages (ISO 639 codes that `listed` has); one object while anyone uses it."""
    ratio = _ratios.get((expected, other))
    if ratio is None:
        ratio = _ratios[expected, other] = WordRatio(expected, other)
    return ratio


class WordRatio:
    """Log-likelihood ratio of a word, other language over expected one, from -6 to 6 nats.

    Args:
        expected: ISO 639 code of the expected language.
        other: that of the other one.

    Attributes:
        known: the words that were looked up; `of` asks it.
        of: the ratio of one word in normal form.
    """

    def __init__(self, expected: str, other: str) -> None:
        self._tags = (expected, other)
        self._expected, self._other = _language(expected), _language(other)
        self.known = _Known(self._other, self._expected)
        self.of = self.known.__getitem__

    def of_all(self, words: Sequence[str]) -> NDArray[np.float64]:
        """The ratios of many words in normal form; float64 [words]."""
        learn((self,), words)
        return np.fromiter(map(self.of, words), dtype=np.float64, count=len(words))

    def listed_of(self, keys: NDArray[np.int64]) -> NDArray[np.float32]:
        """The ratios of many words that one of the two lists has, NaN for any other; float32 [words].

        Args:
            keys: `hashes` of the words in normal form.
        """
        values = np.full(len(keys), np.nan, dtype=np.float32)
        for among, ratios in self._tables:
            rows, known = find(keys, among)
            values[known] = ratios[rows[known]]
        return values

    @cached_property
    def _tables(self) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Of either list the sorted hashes of its words and their ratios; a quarter of a MiB."""
        tables = []
        for tag in self._tags:
            words = [word for bucket in frequency_list(tag) for word in bucket]
            keys = hashes(words)
            order = np.argsort(keys)
            ratios, _ = _Words(words, (self._other, self._expected)).ratios(self._other, self._expected)
            tables.append((keys[order], ratios[order].astype(np.float32)))
        return tables


class _Known(dict[str, float]):
    """The ratios of words that were looked up; emptied when there are too many."""

    def __init__(self, other: _Language, expected: _Language) -> None:
        super().__init__()
        self.other, self.expected = other, expected

    def __missing__(self, word: str) -> float:
        return _look_up((self,), {word})[word]

    def add(self, looked_up: _Words, parts: Mapping[str, Sequence[str]]) -> dict[str, float]:
        """Take in the ratios of words that were looked up.

        Args:
            parts: of words with an apostrophe, between those; they were looked up, too.
        """
        values, unlisted = looked_up.ratios(self.other, self.expected)
        ratios = dict(zip(looked_up.words, values.tolist(), strict=True))
        for row in np.flatnonzero(unlisted).tolist() if parts else ():
            word = looked_up.words[row]
            if len(parts.get(word, ())) > 1:  # lists have "l'acqua" and "world's" in parts
                ratios[word] = max(-_CLIP, min(_CLIP, sum(ratios[part] for part in parts[word])))
        if len(self) + len(ratios) > _KNOWN_WORDS:
            self.clear()
        self.update(ratios)
        return ratios


def learn(ratios: Collection[WordRatio], words: Iterable[str]) -> None:
    """Look up words that will be asked for, in normal form: all together take a tenth of the time that they take one by one."""
    known = [ratio.known for ratio in ratios]
    forms = set(words)
    if unknown := {word for one in known for word in filterfalse(one.__contains__, forms)}:
        _look_up(known, unknown)


def _look_up(known: Collection[_Known], words: set[str]) -> dict[str, float]:
    """Look words up for some pairs of languages; the ratios of the last pair."""
    parts = {word: [part for part in word.split("'") if part] for word in words if "'" in word}
    all_words = list(words.union(*parts.values()))
    looked_up = _Words(all_words, {language for one in known for language in (one.other, one.expected)})
    return [one.add(looked_up, parts) for one in known][-1]
