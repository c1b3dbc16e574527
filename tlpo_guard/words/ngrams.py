"""How probable a spelling is in a language: letters by the three before them, learnt from the language's frequency list.

An n-gram model with interpolated counts, as in Cavnar and Trenkle's and Dunning's language identifiers (1994); counts sit in
hashed tables, so that a language takes two MiB.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Spelled", "SpellingModel"]

_BITS = 17
_ORDER = 4
_TABLES = 2 * _ORDER - 1
_TABLE_STARTS = (np.arange(_TABLES, dtype=np.int32) << _BITS)[:, None]
_FLATTEN = 0.4  # exponent of a word's frequency: how unknown words are spelt, the rare ones tell as well
_STRENGTH = (0.0, 20.0, 8.0, 4.0)  # mean words that the lower order counts for, by order
_ALPHABET = 1000  # letters that a first order of no counts spreads over
_BEGIN, _END = "\x02", "\x03"
_BLOCK = 16384  # letters
_MULTIPLIER, _SCATTER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True, slots=True)
class Spelled:
    """Words cut into letters, as every model looks them up; made once for all of them.

    Attributes:
        count: how many words.
        owner: the word of each letter; int32 [letters].
        buckets: of the `_TABLES`: by order each letter with those before it, hashed, then by order, from the second on, those
            before it alone; int32 [tables, letters].
    """

    count: int
    owner: NDArray[np.int32]
    buckets: NDArray[np.int32]

    @classmethod
    def of(cls, words: Sequence[str]) -> "Spelled":
        """Cut words into letters."""
        if not words:
            return cls(0, np.zeros(0, dtype=np.int32), np.zeros((_TABLES, 0), dtype=np.int32))
        padding = _BEGIN * (_ORDER - 1)
        text = padding + f"{_END}{padding}".join(words) + _END
        letters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
        ends = np.flatnonzero(letters != ord(_BEGIN))  # of the grams, in the padded text
        word_ends = np.flatnonzero(letters[ends] == ord(_END))
        lengths = word_ends.copy()
        lengths[1:] -= word_ends[:-1]
        lengths[0] += 1
        hashed = _hashed(letters)
        buckets = np.empty((_TABLES, len(ends)), dtype=np.int32)
        buckets[:_ORDER] = hashed.take(ends, axis=1)
        buckets[_ORDER:] = hashed[:-1].take(ends - 1, axis=1)
        return cls(len(words), np.repeat(np.arange(len(words), dtype=np.int32), lengths), buckets)


def _hashed(letters: NDArray[np.uint32]) -> NDArray[np.int32]:
    """By order, each letter with those before it, hashed; the first letters have none before them; int32 [orders, letters].

    In blocks that stay in the processor's cache.
    """
    hashed = np.empty((_ORDER, len(letters)), dtype=np.int32)
    for start in range(0, len(letters), _BLOCK):
        before = max(start - _ORDER + 1, 0)
        block = letters[before : start + _BLOCK].astype(np.uint64)
        block += np.uint64(1)
        mixed = np.empty((_ORDER, len(block)), dtype=np.uint64)
        mixed[:] = block
        for order in range(1, _ORDER):
            mixed[order, 1:] += mixed[order - 1, :-1] * _MULTIPLIER
        scattered = mixed >> np.uint64(29)
        scattered ^= mixed
        scattered *= _SCATTER
        scattered >>= np.uint64(64 - _BITS)
        hashed[:, start : start + _BLOCK] = scattered[:, start - before :]
    return hashed


class SpellingModel:
    """Letters of one language.

    As most buckets are empty, only the weights of the others are kept, and small numbers that point to them.

    Args:
        counts: by table, how often letters occur in each bucket that is filled; float32 [all filled buckets].
        filled: by table, the buckets that are filled, ascending; int32 [all filled buckets].
        sizes: how many buckets are filled in each table; int64 [tables].
        total: how many letters there are.
    """

    def __init__(
        self, counts: NDArray[np.float32], filled: NDArray[np.int32], sizes: NDArray[np.int64], total: float
    ) -> None:
        self.counts, self.filled, self.sizes, self.total = counts, filled, sizes, total
        ends = np.cumsum(sizes)
        self._rows = np.zeros((_TABLES, 1 << _BITS), dtype=np.min_scalar_type(int(sizes.max())))
        self._values = np.zeros(len(counts) + _TABLES, dtype=np.float32)
        for table, (size, end) in enumerate(zip(sizes.tolist(), ends.tolist(), strict=True)):
            self._rows[table, filled[end - size : end]] = np.arange(1, size + 1)
            self._values[end - size + table + 1 : end + table + 1] = counts[end - size : end]
        self._starts = (ends - sizes + np.arange(_TABLES))[:, None]

    @classmethod
    def of(cls, spelled: Spelled, frequencies: NDArray[np.float64]) -> "SpellingModel":
        """Learn from words of the language.

        Args:
            spelled: the words.
            frequencies: of the words; float64 [words].
        """
        weights = frequencies**_FLATTEN
        weights /= weights.mean()
        by_gram = weights[spelled.owner]
        counts = [_counts(buckets, by_gram) for buckets in spelled.buckets]
        filled = [np.flatnonzero(count != 0.0) for count in counts]  # of truth values it takes a sixth of the time
        return cls(
            np.concatenate([count[buckets] for count, buckets in zip(counts, filled, strict=True)]),
            np.concatenate(filled).astype(np.int32),
            np.asarray([len(buckets) for buckets in filled]),
            float(by_gram.sum()),
        )

    def log_probability(self, spelled: Spelled) -> NDArray[np.float64]:
        """Natural log of each word's probability among all spellings; float64 [words]."""
        weights = self._values.take(self._rows.take(spelled.buckets + _TABLE_STARTS) + self._starts)
        p = (weights[0] + np.float32(0.01)) / np.float32(self.total + _ALPHABET)
        for order in range(1, _ORDER):
            strength = np.float32(_STRENGTH[order])
            p = (weights[order] + strength * p) / (weights[_ORDER - 1 + order] + strength)
        return np.bincount(spelled.owner, weights=np.log(p), minlength=spelled.count).astype(np.float64)


def _counts(buckets: NDArray[np.int32], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.bincount(buckets, weights=weights, minlength=1 << _BITS).astype(np.float32)
