"""What single answers show of harm: whether they end, how long they are, and whether they repeat themselves."""

from collections.abc import Sequence

from distill.evaluation.repetition import distinct, is_loop

__all__ = ["MEASURES", "figures"]

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
