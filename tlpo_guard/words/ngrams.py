"""How probable a spelling is in a language: letters by the three before them, learnt from the language's frequency list.

An n-gram model with interpolated counts, as in Cavnar and Trenkle's and Dunning's language identifiers (1994); counts sit in
hashed tables, so that a language takes a few MiB.
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
_BEGIN, _END = 2, 3


@dataclass(frozen=True, slots=True)
class Spelled:
    """Words cut into letters, as every model looks them up; made once for all of them.

    Attributes:
        count: how many words.
        owner: the word of each letter; int64 [letters].
        grams: by order, each letter with those before it, hashed; int64 [letters] each.
        contexts: by order from the second on, those before it alone; int64 [letters] each.
    """

    count: int
    owner: NDArray[np.int64]
    grams: list[NDArray[np.int64]]
    contexts: list[NDArray[np.int64]]

    @classmethod
    def of(cls, words: Sequence[str]) -> "Spelled":
        """Cut words into letters."""
        if not words:
            none = np.zeros(0, dtype=np.int64)
            return cls(0, none, [none] * _ORDER, [none] * (_ORDER - 1))
        grams, owner = _grams(words)
        mixed = [_mix(grams[:, _ORDER - order : -1]) for order in range(1, _ORDER + 1)]
        letters = grams[:, -1]
        return cls(len(words), owner, [_bucket(_step(m, letters)) for m in mixed], [_bucket(m) for m in mixed[1:]])


class SpellingModel:
    """Letters of one language."""

    def __init__(self, words: Sequence[str], frequencies: NDArray[np.float64]) -> None:
        weights = frequencies**_FLATTEN
        weights /= weights.mean()
        spelled = Spelled.of(words)
        by_gram = weights[spelled.owner]
        self._total = float(by_gram.sum())
        self._counts = [_count(gram, by_gram) for gram in spelled.grams]
        self._contexts = [_count(context, by_gram) for context in spelled.contexts]

    def log_probability(self, spelled: Spelled) -> NDArray[np.float64]:
        """Natural log of each word's probability among all spellings; float64 [words]."""
        p = (self._counts[0][spelled.grams[0]] + 0.01) / (self._total + _ALPHABET)
        for order in range(1, _ORDER):
            seen = self._counts[order][spelled.grams[order]]
            context = self._contexts[order - 1][spelled.contexts[order - 1]]
            p = (seen + _STRENGTH[order] * p) / (context + _STRENGTH[order])
        return np.bincount(spelled.owner, weights=np.log(p), minlength=spelled.count).astype(np.float64)


def _grams(words: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Every letter with the three before it, and the word that it belongs to; uint32 [letters, 4], int64 [letters]."""
    padding = chr(_BEGIN) * (_ORDER - 1)
    points = np.frombuffer("".join(f"{padding}{w}{chr(_END)}" for w in words).encode("utf-32-le"), dtype=np.uint32)
    lengths = np.fromiter((len(w) + _ORDER for w in words), dtype=np.int64, count=len(words))
    owner = np.repeat(np.arange(len(words)), lengths)
    position = np.arange(len(points)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    windows = np.lib.stride_tricks.sliding_window_view(points, _ORDER)
    ends = np.flatnonzero(position >= _ORDER - 1)
    return windows[ends - (_ORDER - 1)], owner[ends]


def _mix(grams: NDArray[np.uint32]) -> NDArray[np.uint64]:
    mixed = np.zeros(len(grams), dtype=np.uint64)
    for column in grams.T:
        mixed = _step(mixed, column)
    return mixed


def _step(mixed: NDArray[np.uint64], letters: NDArray[np.uint32]) -> NDArray[np.uint64]:
    return mixed * np.uint64(0x9E3779B97F4A7C15) + letters + np.uint64(1)


def _bucket(mixed: NDArray[np.uint64]) -> NDArray[np.int64]:
    scattered = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return (scattered >> np.uint64(64 - _BITS)).astype(np.int64)


def _count(hashed: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.bincount(hashed, weights=weights, minlength=1 << _BITS).astype(np.float32)
