"""Intervals and tests that take the prompt for the unit: its draws and its training seeds go with it.

Arrays are [seeds, prompts], means over draws; a language's figure is the mean over prompts, that of all languages the mean of
theirs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Interval", "change", "fall", "p_value", "rate", "share"]

Means = NDArray[np.float64]
_REPLICATES, _FLIPS, _PART = 5_000, 20_000, 2_000
_LOW, _HIGH = 2.5, 97.5


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95% interval; None where it cannot be told."""

    value: float | None
    low: float | None
    high: float | None

    def as_dict(self) -> dict[str, float | None]:
        """Plain JSON."""
        return {"value": self.value, "low": self.low, "high": self.high}


def rate(values: Mapping[str, Means]) -> Interval:
    """A mean, by language [seeds, prompts]."""
    return _interval(_mean(values), _replicates([values], lambda means: means[0]))


def share(values: Mapping[str, Means]) -> Interval:
    """`rate` of what happens or not; what has never been seen happens in at most 3 of as many prompts (the rule of three)."""
    found = rate(values)
    return found if found.value else Interval(found.value, found.low, _never(values))


def change(before: Mapping[str, Means], after: Mapping[str, Means]) -> Interval:
    """after - before, paired by prompt."""
    return _interval(_mean(after) - _mean(before), _replicates([before, after], lambda means: means[1] - means[0]))


def fall(before: Mapping[str, Means], after: Mapping[str, Means]) -> Interval:
    """1 - after / before, paired by prompt; nothing where there was nothing to fall.

    Where nothing is left, the rule of three gives the lower end.
    """
    if not _mean(before):
        return Interval(None, None, None)
    if not _mean(after):
        return Interval(1.0, 1.0 - _never(after) / _mean(before), 1.0)
    replicates = _replicates([before, after], lambda means: 1.0 - means[1] / means[0])
    return _interval(1.0 - _mean(after) / _mean(before), replicates)


def p_value(before: Mapping[str, Means], after: Mapping[str, Means]) -> float:
    """Of a two-sided permutation test: how often a change as large comes about where each prompt's two figures are swapped by the
    toss of a coin; at least 1 / 20,001."""
    differences = np.concatenate(
        [(after[language].mean(0) - before[language].mean(0)) / len(before[language][0]) for language in before]
    )
    dice = np.random.default_rng(0)
    seen = abs(differences.sum()) * (1 - 1e-12)
    larger = 0
    for _ in range(_FLIPS // _PART):
        signs = dice.integers(0, 2, size=(_PART, len(differences))) * 2.0 - 1.0
        larger += int((np.abs(signs @ differences) >= seen).sum())
    return (larger + 1) / (_FLIPS + 1)


def _never(values: Mapping[str, Means]) -> float:
    return min(1.0, 3.0 / sum(table.shape[1] for table in values.values()))


def _mean(values: Mapping[str, Means]) -> float:
    return float(np.mean([table.mean() for table in values.values()]))


def _replicates(
    tables: list[Mapping[str, Means]], figure: Callable[[list[NDArray[np.float64]]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """A figure of the means of each table, with prompts and seeds drawn anew; prompts are drawn for all tables alike."""
    dice = np.random.default_rng(0)
    seeds = [dice.multinomial(n, [1 / n] * n, size=_REPLICATES) / n for n in map(_seeds, tables)]
    sums = [np.zeros(_REPLICATES) for _ in tables]
    for language in tables[0]:
        prompts = tables[0][language].shape[1]
        weights = dice.multinomial(prompts, [1 / prompts] * prompts, size=_REPLICATES) / prompts
        for total, drawn, table in zip(sums, seeds, tables, strict=True):
            total += ((drawn @ table[language]) * weights).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return figure([total / len(tables[0]) for total in sums])


def _seeds(table: Mapping[str, Means]) -> int:
    return next(iter(table.values())).shape[0]


def _interval(value: float, replicates: NDArray[np.float64]) -> Interval:
    finite = replicates[np.isfinite(replicates)]
    if not len(finite):
        return Interval(value, None, None)
    low, high = np.percentile(finite, [_LOW, _HIGH])
    return Interval(value, float(low), float(high))
