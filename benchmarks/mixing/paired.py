"""Shares of one model beside another's on the same prompts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.mixing.contexts import Asked
from benchmarks.quality.statistics import Interval, Units, fall, p_value, rate

__all__ = ["Comparison", "compare"]

Shares = Mapping[str, float]  # by prompt


@dataclass(frozen=True, slots=True)
class Comparison:
    """Shares, 0 to 1, means over languages, with 95% intervals over documents, prompts that stand alone, and training seeds.

    Attributes:
        base: of the base model.
        other: of the other.
        fall: from one to the other, relative; without a value where the base's share is 0.
        p: two-sided, of a permutation test over documents and prompts that stand alone; these seeds are taken as they are.
        prompts: how many.
        units: how many documents and prompts that stand alone; what asks about one document goes together, in all languages.
    """

    base: Interval
    other: Interval
    fall: Interval
    p: float
    prompts: int
    units: int


def compare(prompts: Sequence[Asked], base: Shares, others: Sequence[Shares]) -> Comparison:
    """Compare shares of mixed answers to some prompts.

    Args:
        base: of the base model.
        others: of each training seed.
    """
    before, after, units = _tables(prompts, [base]), _tables(prompts, others), _units(prompts)
    names = {name for of_language in units.values() for name in of_language}
    figures = rate(before, units), rate(after, units), fall(before, after, units), p_value(before, after, units)
    return Comparison(*figures, prompts=len(prompts), units=len(names))


def _tables(prompts: Sequence[Asked], seeds: Sequence[Shares]) -> dict[str, NDArray[np.float64]]:
    """By language; float64 [seeds, prompts]."""
    return {
        language: np.array([[shares[p.id] for p in of_language] for shares in seeds])
        for language, of_language in _by_language(prompts).items()
    }


def _units(prompts: Sequence[Asked]) -> Units:
    return {
        language: [(p.kind, p.document) if p.document else (language, p.id) for p in of_language]
        for language, of_language in _by_language(prompts).items()
    }


def _by_language(prompts: Sequence[Asked]) -> dict[str, list[Asked]]:
    return {
        language: [p for p in prompts if p.language == language]
        for language in dict.fromkeys(p.language for p in prompts)
    }
