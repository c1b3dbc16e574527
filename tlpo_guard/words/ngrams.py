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
        grams: by order, each letter with those before it, hashed; int32 [letters] each.
        contexts: by order from the second on, those before it alone; int32 [letters] each.
    """

    count: int
    owner: NDArray[np.int32]
    grams: list[NDArray[np.int32]]
    contexts: list[NDArray[np.int32]]

    @classmethod
    def of(cls, words: Sequence[str]) -> "Spelled":
        """Cut words into letters."""
        if not words:
            none = np.zeros(0, dtype=np.int32)
            return cls(0, none, [none] * _ORDER, [none] * (_ORDER - 1))
        padding = _BEGIN * (_ORDER - 1)
        text = padding + f"{_END}{padding}".join(words) + _END
        letters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
        ends = np.flatnonzero(letters != ord(_BEGIN))  # of the grams, in the padded text
        lengths = np.diff(np.flatnonzero(letters[ends] == ord(_END)), prepend=-1)
        owner = np.repeat(np.arange(len(words), dtype=np.int32), lengths)
        buckets = _buckets(letters)
        return cls(
            len(words), owner, [bucket[ends] for bucket in buckets], [bucket[ends - 1] for bucket in buckets[:-1]]
        )


def _buckets(letters: NDArray[np.uint32]) -> list[NDArray[np.int32]]:
    """By order, each letter with those before it, hashed; int32 [letters] each.

    In blocks that stay in the processor's cache; the first letters of a text have none before them.
    """
    buckets = [np.empty(len(letters), dtype=np.int32) for _ in range(_ORDER)]
    for start in range(0, len(letters), _BLOCK):
        before = max(start - _ORDER + 1, 0)
        block = letters[before : start + _BLOCK].astype(np.uint64) + np.uint64(1)
        mixed = block
        for order, bucket in enumerate(buckets):
            if order:
                mixed = np.concatenate([block[:1], mixed[:-1] * _MULTIPLIER + block[1:]])
            bucket[start : start + _BLOCK] = _bucket(mixed[start - before :])
    return buckets


class SpellingModel:
    """Letters of one language.

    Args:
        spelled: words of the language.
        frequencies: of the words; float64 [words].
    """

    def __init__(self, spelled: Spelled, frequencies: NDArray[np.float64]) -> None:
        weights = frequencies**_FLATTEN
        weights /= weights.mean()
        by_gram = weights[spelled.owner]
        self._total = float(by_gram.sum())
        self._counts = [_Counts(gram, by_gram) for gram in spelled.grams]
        self._contexts = [_Counts(context, by_gram) for context in spelled.contexts]

    def log_probability(self, spelled: Spelled) -> NDArray[np.float64]:
        """Natural log of each word's probability among all spellings; float64 [words]."""
        p = (self._counts[0].of(spelled.grams[0]) + 0.01) / (self._total + _ALPHABET)
        for order in range(1, _ORDER):
            seen = self._counts[order].of(spelled.grams[order])
            context = self._contexts[order - 1].of(spelled.contexts[order - 1])
            p = (seen + _STRENGTH[order] * p) / (context + _STRENGTH[order])
        return np.bincount(spelled.owner, weights=np.log(p), minlength=spelled.count).astype(np.float64)


class _Counts:
    """Weights by bucket; as most buckets are empty, only the others' weights are kept, and small numbers that point to them."""

    def __init__(self, buckets: NDArray[np.int32], weights: NDArray[np.float64]) -> None:
        counts = np.bincount(buckets, weights=weights, minlength=1 << _BITS).astype(np.float32)
        filled = np.flatnonzero(counts != 0.0)  # of truth values it takes a sixth of the time
        self._values: NDArray[np.float32] = np.concatenate([np.zeros(1, dtype=np.float32), counts[filled]])
        self._rows: NDArray[np.unsignedinteger] = np.zeros(1 << _BITS, dtype=np.min_scalar_type(len(filled)))
        self._rows[filled] = np.arange(1, len(filled) + 1)

    def of(self, buckets: NDArray[np.int32]) -> NDArray[np.float32]:
        """The weight of each bucket; float32 [buckets]."""
        weights: NDArray[np.float32] = self._values[self._rows[buckets]]
        return weights


def _bucket(mixed: NDArray[np.uint64]) -> NDArray[np.uint64]:
    scattered = mixed >> np.uint64(29)
    scattered ^= mixed
    scattered *= _SCATTER
    scattered >>= np.uint64(64 - _BITS)
    return scattered
