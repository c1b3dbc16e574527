"""How common the words of a language are, by wordfreq's small lists (Speer 2022)."""

from bisect import bisect_left
from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.words.hashing import find, hashes
from tlpo_guard.words.lists import frequency_list, zipf_value

__all__ = ["Frequencies", "frequencies", "highest_zipf"]


class Frequencies:
    """The words of one list by their hashes, and how common they are; some 400 KiB.

    Args:
        tag: of a language that wordfreq has a list of.

    Attributes:
        keys: `hashes` of the words in normal form, sorted; int64 [words].
        zipfs: how common each word is, on Zipf's scale; float32 [words].
        usual: mean zipf value of running words.
    """

    def __init__(self, tag: str) -> None:
        buckets = frequency_list(tag)
        keys = hashes([word for bucket in buckets for word in bucket])
        zipfs = np.repeat([zipf_value(place) for place in range(len(buckets))], [len(bucket) for bucket in buckets])
        # Of several with one normal form the commonest counts, whatever the order of this process's hashes.
        self.keys, first = np.unique(keys[np.argsort(-zipfs, kind="stable")], return_index=True)
        self.zipfs: NDArray[np.float32] = np.sort(zipfs)[::-1][first].astype(np.float32)
        self.usual = float(np.sort(10.0 ** (self.zipfs.astype(np.float64) - 9.0) * self.zipfs).sum())
        self._view, self._zipf_view = memoryview(self.keys.data), memoryview(self.zipfs.data)

    def zipf(self, word: str) -> float:
        """Of one word in normal form; 0 where the list lacks it."""
        key = hash(word)
        row = bisect_left(self._view, key)
        return self._zipf_view[row] if row < len(self._view) and self._view[row] == key else 0.0

    def zipfs_of(self, keys: NDArray[np.int64]) -> NDArray[np.float32]:
        """Of many words, by their `hashes`; 0 where the list lacks one; float32 [words]."""
        rows, known = find(keys, self.keys)
        return np.where(known, self.zipfs[rows], np.float32(0.0))


@cache
def frequencies(tag: str) -> Frequencies:
    """The frequencies of a language (ISO 639) that wordfreq has a list of."""
    return Frequencies(tag)


def highest_zipf(form: str, tags: Iterable[str]) -> float:
    """Of a word in normal form, in that of some languages in which it is commonest; 0 where no list has it."""
    return max((frequencies(tag).zipf(form) for tag in tags), default=0.0)
