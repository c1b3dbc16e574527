"""Rows that hold on to some of the tokens that they would be sampled from."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["BELOW", "ROOM", "keep_only", "refill"]

BELOW = 1e-3  # nats by which what fills up a row is below the least probable token that is left
ROOM = 1e-4  # share of the filling that rounding may not take
_TINY = 1e-30


def keep_only(row: NDArray[np.float32], kept: NDArray[np.int64]) -> None:
    """Take all other tokens out of a row, in place."""
    logits = row[kept]
    row.fill(-np.inf)
    row[kept] = logits


def refill(
    row: NDArray[np.float32], kept: NDArray[np.int64], fillers: NDArray[np.bool_], temperature: float, top_p: float
) -> None:
    """As `cut_proof`, in place: leave the kept tokens, and what an engine that cuts again has to have below them.

    Args:
        row: logits; float32 [vocabulary].
        kept: at least one token.
        fillers: the tokens that may fill up; bool [vocabulary].
        temperature: above 0.
        top_p: above 0 and up to 1.
    """
    logits = row[kept]
    shares = np.exp((logits - logits.max()) / np.float32(temperature))
    least = float(shares.min() / shares.sum())
    count = int((1.0 - top_p) / top_p * (1.0 - ROOM) / (max(least, _TINY) * (1.0 - BELOW)))
    may_fill = fillers & np.isfinite(row) if count else np.zeros(len(row), dtype=np.bool_)
    may_fill[kept] = False
    row.fill(-np.inf)
    row[np.flatnonzero(may_fill)[:count]] = logits.min() - np.float32(BELOW * temperature)
    row[kept] = logits
