"""Words as tables of this process are keyed by them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["hashes"]


def hashes(words: Sequence[str]) -> NDArray[np.int64]:
    """The words as tables of this process are keyed by them; int64 [words]."""
    return np.fromiter(map(hash, words), dtype=np.int64, count=len(words))
