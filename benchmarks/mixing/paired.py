"""Shares of one model beside another's on the same prompts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.statistics import Interval, fall, p_value, rate

__all__ = ["Comparison", "compare"]

Shares = Mapping[str, float]  # by prompt, whose id begins with its language


@dataclass(frozen=True, slots=True)
class Comparison:
    """Shares, 0 to 1, means over languages, with 95% intervals over prompts and training seeds.

    Attributes:
        base: of the base model.
        other: of the other.
        fall: from one to the other, relative; without a value where the base's share is 0.
        p: two-sided, of a permutation test over prompts.
        prompts: how many.
    """

    base: Interval
    other: Interval
    fall: Interval
    p: float
    prompts: int


def compare(base: Shares, others: Sequence[Shares]) -> Comparison:
    """Compare shares of mixed answers.

    Args:
        base: of the base model.
        others: of each training seed, of the same prompts.
    """
    before, after = _tables(base, [base]), _tables(base, others)
    return Comparison(rate(before), rate(after), fall(before, after), p_value(before, after), len(base))


def _tables(order: Shares, seeds: Sequence[Shares]) -> dict[str, NDArray[np.float64]]:
    """By language, in the order of the base's prompts; float64 [seeds, prompts]."""
    languages = dict.fromkeys(prompt.split("-")[0] for prompt in order)
    return {
        language: np.array([[shares[p] for p in order if p.split("-")[0] == language] for shares in seeds])
        for language in languages
    }
