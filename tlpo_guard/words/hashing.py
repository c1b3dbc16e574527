"""Words as tables of this process are keyed by them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["find", "hashes"]


def hashes(words: Sequence[str]) -> NDArray[np.int64]:
    """The words as tables of this process are keyed by them; int64 [words]."""
    return np.fromiter(map(hash, words), dtype=np.int64, count=len(words))


def find(keys: NDArray[np.int64], among: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where keys stand among sorted ones, and whether they do; int64 [keys], bool [keys]."""
    rows = among.searchsorted(keys)
    rows[rows == len(among)] = 0
    return rows, among[rows] == keys
