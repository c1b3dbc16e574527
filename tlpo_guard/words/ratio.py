"""How much more a word speaks for one language than for another.

Frequencies are wordfreq's small lists (Speer 2022); what is on neither list is judged by its spelling.
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cache, lru_cache
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages.relations import UNSPACED_WORD_LISTS
from tlpo_guard.words.ngrams import Spelled, SpellingModel

__all__ = ["WordRatio", "hashes", "listed", "word_ratio"]

_UNLISTED = 0.005  # share of running words that no list has
_GUESSED = 0.5  # worth of a ratio that rests on spelling alone
_CLIP = 6.0
_CACHED_PAIRS = 64  # a quarter of a MiB each
_CACHED_WORDS = 4096  # of each pair


@cache
def listed() -> frozenset[str]:
    """Languages with a frequency list whose words stand between spaces."""
    from wordfreq import available_languages

    return frozenset(available_languages("small")) - UNSPACED_WORD_LISTS


def hashes(words: Sequence[str]) -> NDArray[np.int64]:
    """The words as tables of this process are keyed by them; int64 [words]."""
    return np.fromiter(map(hash, words), dtype=np.int64, count=len(words))


class _Language:
    """What is kept of one language: where its list has a word, and how its words are spelt; two and a half MiB.

    Attributes:
        order: of the words in their list, by hash.
        keys: the sorted hashes; int64 [words].
        spelling: how words of the language are spelt.
    """

    def __init__(self, listing: "_Listing") -> None:
        keys = hashes(listing.words)
        self.order = np.argsort(keys)
        self.keys = keys[self.order]
        self._view = memoryview(self.keys.data)  # its numbers are read without numpy's
        self.spelling = SpellingModel(listing.spelled, listing.shares)

    def row(self, word: str) -> int | None:
        """The row of a word in tables of the language; None where the list lacks it."""
        key = hash(word)
        row = bisect_left(self._view, key)
        return row if row < len(self._view) and self._view[row] == key else None


class _Listing:
    """A language's frequency list, needed only while tables are made of it.

    Attributes:
        words: in normal form.
        shares: of the words in running text; float64 [words].
        spelled: the words, cut into letters.
    """

    def __init__(self, tag: str) -> None:
        from wordfreq import cB_to_freq, get_frequency_list

        buckets = get_frequency_list(tag, "small")
        get_frequency_list.cache_clear()  # the whole lists, which nobody asks for again
        self.words = [word for bucket in buckets for word in bucket]
        self.shares = np.repeat([cB_to_freq(-i) for i in range(len(buckets))], [len(b) for b in buckets])
        self.spelled = Spelled.of(self.words)

    def log_probability(self, words: "_Listing", spelling: SpellingModel) -> NDArray[np.float64]:
        """How probable the words of a list are in this language, in nats; those that it lacks by their spelling."""
        # In Python's own loop, so that other threads get their turn in it: `dict(zip(...))` would hold up a server's streams.
        own = {word: share for word, share in zip(self.words, self.shares.tolist(), strict=True)}  # noqa: C416
        shares = np.fromiter((own.get(word, 0.0) for word in words.words), dtype=np.float64, count=len(words.words))
        unlisted = shares == 0.0
        shares[unlisted] = _UNLISTED * np.exp(spelling.log_probability(words.spelled)[unlisted])
        return np.asarray(np.log(shares))


_listing = lru_cache(maxsize=2)(_Listing)
_ratios: WeakValueDictionary[tuple[str, str], "WordRatio"] = WeakValueDictionary()


@cache
def _language(tag: str) -> _Language:
    return _Language(_listing(tag))


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
        self._expected, self._other = _language(expected), _language(other)
        expected_list, other_list = _listing(expected), _listing(other)
        self._tables: list[tuple[_Language, NDArray[np.float32], memoryview]] = []
        for language, words in ((self._expected, expected_list), (self._other, other_list)):
            numerator = other_list.log_probability(words, self._other.spelling)
            denominator = expected_list.log_probability(words, self._expected.spelling)
            ratios = np.clip(numerator - denominator, -_CLIP, _CLIP).astype(np.float32)[language.order]
            self._tables.append((language, ratios, memoryview(ratios.data)))
        self.of = lru_cache(maxsize=_CACHED_WORDS)(self._ratio)

    def _ratio(self, word: str) -> float:
        """The ratio of one word in normal form."""
        ratio = self.listed(word)
        if ratio is not None:
            return ratio
        parts = [part for part in word.split("'") if part]
        if len(parts) > 1:  # lists have "l'acqua" and "world's" in parts
            return max(-_CLIP, min(_CLIP, sum(map(self._ratio, parts))))
        spelled = Spelled.of([word])
        other, expected = (one.spelling.log_probability(spelled)[0] for one in (self._other, self._expected))
        return max(-_CLIP, min(_CLIP, _GUESSED * float(other - expected)))

    def listed(self, word: str) -> float | None:
        """The ratio of a word in normal form that one of the two lists has; None for any other."""
        for language, _, ratios in self._tables:
            row = language.row(word)
            if row is not None:
                return float(ratios[row])
        return None

    def listed_of(self, keys: NDArray[np.int64]) -> NDArray[np.float32]:
        """The ratios of many words that one of the two lists has, NaN for any other; float32 [words].

        Args:
            keys: `hashes` of the words in normal form.
        """
        values = np.full(len(keys), np.nan, dtype=np.float32)
        for language, ratios, _ in self._tables:
            rows = np.minimum(np.searchsorted(language.keys, keys), len(language.keys) - 1)
            known = language.keys[rows] == keys
            values[known] = ratios[rows[known]]
        return values
