"""Whether answers repeat themselves."""

from collections.abc import Sequence

__all__ = ["distinct", "is_loop"]

_N = 4
_LONGEST_CYCLE, _TURNS = 24, 4


def distinct(ids: Sequence[int], n: int = _N) -> float:
    """Share of an answer's n-grams that are different; 1 where it has none."""
    grams = [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 1.0


def is_loop(ids: Sequence[int]) -> bool:
    """Whether an answer's last tokens are one stretch of at most 24 of them, four times over."""
    for cycle in range(1, _LONGEST_CYCLE + 1):
        span = cycle * _TURNS
        if span > len(ids):
            return False
        tail = ids[len(ids) - span :]
        if all(tail[i] == tail[i + cycle] for i in range(span - cycle)):
            return True
    return False
