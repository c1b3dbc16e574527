"""How much more a word speaks for one language than for another.

Frequencies are wordfreq's small lists (Speer 2022); what is on neither list is judged by its spelling.
"""

from bisect import bisect_left
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.words.ngrams import Spelled, SpellingModel

__all__ = ["WordRatio", "listed", "word_ratio"]

_UNLISTED = 0.005  # share of running words that no list has
_GUESSED = 0.5  # worth of a ratio that rests on spelling alone
_CLIP = 6.0
_MASK = (1 << 64) - 1


@cache
def listed() -> frozenset[str]:
    """Languages with a frequency list."""
    from wordfreq import available_languages

    return frozenset(available_languages("small")) - {"ja", "ko", "zh"}  # not in words with spaces between


@lru_cache(maxsize=2)
def _frequencies(tag: str) -> tuple[list[str], NDArray[np.float64]]:
    """Words of a language's list and their shares of running text; [words], float64 [words]."""
    from wordfreq import cB_to_freq, get_frequency_list

    buckets = get_frequency_list(tag, "small")
    get_frequency_list.cache_clear()  # what follows keeps what is needed
    words = [word for bucket in buckets for word in bucket]
    return words, np.repeat([cB_to_freq(-i) for i in range(len(buckets))], [len(b) for b in buckets])


@cache
def _spelling(tag: str) -> SpellingModel:
    return SpellingModel(*_frequencies(tag))


@cache
def word_ratio(expected: str, other: str) -> "WordRatio":
    """The ratio of a pair of languages (ISO 639 codes that `listed` has); made once."""
    return WordRatio(expected, other)


class WordRatio:
    """Log-likelihood ratio of a word, other language over expected one, from -6 to 6 nats."""

    def __init__(self, expected: str, other: str) -> None:
        own, of_own = _frequencies(expected)
        foreign, of_foreign = _frequencies(other)
        self._own, self._other = _spelling(expected), _spelling(other)
        own_shares, foreign_shares = _table(own, of_own), _table(foreign, of_foreign)
        words = [*own_shares, *(word for word in foreign_shares if word not in own_shares)]
        numerator = _log_probability(words, foreign_shares, self._other)
        denominator = _log_probability(words, own_shares, self._own)
        ratios = np.clip(numerator - denominator, -_CLIP, _CLIP)
        keys = np.fromiter((hash(word) & _MASK for word in words), dtype=np.uint64, count=len(words))
        order = np.argsort(keys)
        self._keys = memoryview(keys[order].data)
        self._ratios = memoryview(ratios[order].astype(np.float32).data)
        self.of = lru_cache(maxsize=16384)(self._ratio)

    def _ratio(self, word: str) -> float:
        """The ratio of one word in normal form."""
        found = self.listed(word)
        if found is not None:
            return found
        parts = [part for part in word.split("'") if part]
        if len(parts) > 1:  # lists have "l'acqua" and "world's" in parts
            return max(-_CLIP, min(_CLIP, sum(map(self._ratio, parts))))
        spelled = Spelled.of([word])
        guess = self._other.log_probability(spelled)[0] - self._own.log_probability(spelled)[0]
        return max(-_CLIP, min(_CLIP, _GUESSED * float(guess)))

    def listed(self, word: str) -> float | None:
        """The ratio of a word in normal form that one of the two lists has; None for any other."""
        key = hash(word) & _MASK
        at = bisect_left(self._keys, key)
        return self._ratios[at] if at < len(self._keys) and self._keys[at] == key else None


def _table(words: list[str], shares: NDArray[np.float64]) -> dict[str, float]:
    # In Python's own loop, as the words above are joined: other threads get their turn in it, but not in `dict(zip(...))`
    # or in sorting so many words, which would hold up a server's streams for 60 ms.
    return {word: share for word, share in zip(words, shares.tolist(), strict=True)}  # noqa: C416


def _log_probability(words: list[str], table: dict[str, float], spelling: SpellingModel) -> NDArray[np.float64]:
    shares = np.fromiter((table.get(word, 0.0) for word in words), dtype=np.float64, count=len(words))
    unlisted = np.flatnonzero(shares == 0.0)
    guessed = np.exp(spelling.log_probability(Spelled.of([words[i] for i in unlisted])))
    shares[unlisted] = _UNLISTED * guessed
    return np.asarray(np.log(shares))
