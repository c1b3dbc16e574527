"""What single answers show of harm: whether they end, how long they are, and whether they repeat themselves."""

from collections.abc import Sequence

__all__ = ["MEASURES", "distinct", "figures", "is_loop"]

_N = 4
_LONGEST_CYCLE, _TURNS = 24, 4
MEASURES = ("ended", "length", "distinct-4", "loops")


def figures(ids: Sequence[int], tokens: int) -> dict[str, float]:
    """Of one answer, cut at `tokens`: ended (1 or 0), length, share of distinct 4-grams, whether it ends in a loop (1 or 0)."""
    cut = ids[:tokens]
    return {
        "ended": float(len(ids) < tokens),
        "length": float(len(cut)),
        "distinct-4": distinct(cut),
        "loops": float(is_loop(cut)),
    }


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
