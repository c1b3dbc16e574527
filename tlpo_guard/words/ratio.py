"""How much more a word speaks for one language than for another.

Frequencies are wordfreq's small lists (Speer 2022); what is on neither list is judged by its spelling.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache, cached_property, lru_cache
from itertools import chain
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.words.hashing import hashes
from tlpo_guard.words.lists import frequency_list, share
from tlpo_guard.words.ngrams import Spelled, SpellingModel

__all__ = ["WordRatio", "word_ratio"]

_UNLISTED = float(np.log(0.005))  # share of running words that no list has
_GUESSED = 0.5  # worth of a ratio that rests on spelling alone
_CLIP = 6.0
_CACHED_PAIRS = 64
_KNOWN_WORDS = 16384  # of each pair; one or two MiB


class _Language:
    """What is kept of one language: its list, by hash, and how its words are spelt; two and a half MiB.

    Attributes:
        keys: the sorted hashes of the words of its list; int64 [words].
        spelling: how words of the language are spelt.
    """

    def __init__(self, tag: str) -> None:
        buckets = frequency_list(tag)
        words = [word for bucket in buckets for word in bucket]
        places = np.repeat(np.arange(len(buckets), dtype=np.uint16), [len(bucket) for bucket in buckets])
        shares = np.asarray([share(place) for place in range(len(buckets))])
        keys = hashes(words)
        order = np.argsort(keys)
        self.keys, self._places = keys[order], places[order]
        self._log_shares = np.log(shares)
        self.spelling = SpellingModel(Spelled.of(words), shares[places])

    def log_shares(self, keys: NDArray[np.int64]) -> NDArray[np.float64]:
        """Logarithm of the share of words in running text, NaN where the list lacks one; float64 [words]."""
        rows, known = _find(keys, self.keys)
        log_shares: NDArray[np.float64] = self._log_shares[self._places[rows]]
        log_shares[~known] = np.nan
        return log_shares


def _find(keys: NDArray[np.int64], among: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where keys stand among sorted ones, and whether they do; int64 [keys], bool [keys]."""
    rows = np.minimum(np.searchsorted(among, keys), len(among) - 1)
    return rows, among[rows] == keys


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
    """

    def __init__(self, expected: str, other: str) -> None:
        self._tags = (expected, other)
        self._expected, self._other = _language(expected), _language(other)
        self._known = _Known(self._looked_up)
        self.of = self._known.__getitem__  # the ratio of one word in normal form

    def of_all(self, words: Sequence[str]) -> NDArray[np.float64]:
        """The ratios of many words in normal form; float64 [words]."""
        self.learn(words)
        return np.fromiter(map(self.of, words), dtype=np.float64, count=len(words))

    def learn(self, words: Iterable[str]) -> None:
        """Look up words that will be asked for: all together take a tenth of the time that they take one by one."""
        known = self._known
        if unknown := {word for word in words if word not in known}:
            known.learn(unknown)

    def listed_of(self, keys: NDArray[np.int64]) -> NDArray[np.float32]:
        """The ratios of many words that one of the two lists has, NaN for any other; float32 [words].

        Args:
            keys: `hashes` of the words in normal form.
        """
        values = np.full(len(keys), np.nan, dtype=np.float32)
        for among, ratios in self._tables:
            rows, known = _find(keys, among)
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
            tables.append((keys[order], self._by_list_or_spelling(words)[0][order].astype(np.float32)))
        return tables

    def _looked_up(self, words: Collection[str]) -> dict[str, float]:
        """The ratios of words, and of what stands between the apostrophes of words that are on no list."""
        parts = {word: [part for part in word.split("'") if part] for word in words if "'" in word}
        all_words = list({*words, *chain.from_iterable(parts.values())})
        values, unlisted = self._by_list_or_spelling(all_words)
        ratios = dict(zip(all_words, values.tolist(), strict=True))
        for row in np.flatnonzero(unlisted).tolist():
            word = all_words[row]
            if len(parts.get(word, ())) > 1:  # lists have "l'acqua" and "world's" in parts
                ratios[word] = max(-_CLIP, min(_CLIP, sum(ratios[part] for part in parts[word])))
        return ratios

    def _by_list_or_spelling(self, words: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The ratios of words, and which of them are on neither list; float64 [words], bool [words]."""
        keys = hashes(words)
        sides = [(language, language.log_shares(keys)) for language in (self._other, self._expected)]
        lacking = [np.isnan(log_shares) for _, log_shares in sides]
        spelt_rows = np.flatnonzero(lacking[0] | lacking[1])
        spelled = Spelled.of([words[row] for row in spelt_rows.tolist()])
        for (language, log_shares), lacks in zip(sides, lacking, strict=True):
            if (rows := lacks[spelt_rows]).any():
                log_shares[spelt_rows[rows]] = _UNLISTED + language.spelling.log_probability(spelled)[rows]
        unlisted = lacking[0] & lacking[1]
        ratios = sides[0][1] - sides[1][1]
        ratios[unlisted] *= _GUESSED
        return np.clip(ratios, -_CLIP, _CLIP), unlisted


class _Known(dict[str, float]):
    """The ratios of words that were looked up; emptied when there are too many.

    Args:
        look_up: gives the ratios of words, and perhaps those of others.
    """

    def __init__(self, look_up: Callable[[Collection[str]], dict[str, float]]) -> None:
        super().__init__()
        self._look_up = look_up

    def __missing__(self, word: str) -> float:
        return self.learn((word,))[word]

    def learn(self, words: Collection[str]) -> dict[str, float]:
        """Look words up that are not known."""
        ratios = self._look_up(words)
        if len(self) + len(ratios) > _KNOWN_WORDS:
            self.clear()
        self.update(ratios)
        return ratios
