"""Intervals and tests that take the prompt for the unit, or a group of prompts: its draws and its training seeds go with it.

Arrays are [seeds, prompts], means over draws; a language's figure is the mean over prompts, that of all languages the mean of
theirs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

__all__ = ["Interval", "Units", "change", "fall", "p_value", "rate", "share"]

Means = NDArray[np.float64]
Units = Mapping[str, Sequence[tuple[str, str]]]
"""By language, the unit of each prompt: the kind that it is drawn among, and its name. Prompts of one unit go together."""
_REPLICATES, _FLIPS, _PART = 5_000, 20_000, 2_000
_COUNTED = 12  # so few units are swapped in all ways
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


def rate(values: Mapping[str, Means], units: Units | None = None) -> Interval:
    """A mean, by language [seeds, prompts]; `units` as all to the end: None takes each prompt for one."""
    return _interval(_mean(values), _replicates([values], lambda means: means[0], units))


def share(values: Mapping[str, Means]) -> Interval:
    """`rate` of what happens or not; what has never been seen happens in at most 3 of as many prompts (the rule of three)."""
    found = rate(values)
    return found if found.value else Interval(found.value, found.low, _never(values))


def change(before: Mapping[str, Means], after: Mapping[str, Means]) -> Interval:
    """after - before, paired by prompt."""
    return _interval(_mean(after) - _mean(before), _replicates([before, after], lambda means: means[1] - means[0]))


def fall(before: Mapping[str, Means], after: Mapping[str, Means], units: Units | None = None) -> Interval:
    """1 - after / before, paired by prompt; nothing where there was nothing to fall.

    Where nothing is left, the rule of three gives the lower end.
    """
    if not _mean(before):
        return Interval(None, None, None)
    if not _mean(after):
        return Interval(1.0, 1.0 - _never(after, units) / _mean(before), 1.0)
    replicates = _replicates([before, after], lambda means: 1.0 - means[1] / means[0], units)
    return _interval(1.0 - _mean(after) / _mean(before), replicates)


def p_value(before: Mapping[str, Means], after: Mapping[str, Means], units: Units | None = None) -> float:
    """Of a two-sided permutation test: how often a change as large comes about where each unit's figures are swapped by the
    toss of a coin. Exact where few units can be counted, else at least 1 / 20,001. Training seeds are taken as they are."""
    totals: dict[tuple[str, str], float] = {}
    for language, names in (units or _prompts(before)).items():
        for name, difference in zip(names, after[language].mean(0) - before[language].mean(0), strict=True):
            totals[name] = totals.get(name, 0.0) + difference / len(names)
    differences = np.array(list(totals.values()))
    seen = abs(differences.sum()) * (1 - 1e-12)
    larger = sum(int((np.abs(signs @ differences) >= seen).sum()) for signs in _signs(len(differences)))
    if len(differences) <= _COUNTED:
        return larger / 2 ** len(differences)
    return (larger + 1) / (_FLIPS + 1)


def _signs(units: int) -> Iterator[NDArray[np.float64]]:
    """All ways to swap units, or many by chance; -1 and 1 [ways, units]."""
    if units <= _COUNTED:
        yield np.array(list(product((-1.0, 1.0), repeat=units)))
        return
    dice = np.random.default_rng(0)
    for _ in range(_FLIPS // _PART):
        yield dice.integers(0, 2, size=(_PART, units)) * 2.0 - 1.0


def _prompts(values: Mapping[str, Means]) -> Units:
    """Each prompt as a unit, drawn among those of its language."""
    return {
        language: [(language, str(prompt)) for prompt in range(table.shape[1])] for language, table in values.items()
    }


def _never(values: Mapping[str, Means], units: Units | None = None) -> float:
    names = {name for names in (units or _prompts(values)).values() for name in names}
    return min(1.0, 3.0 / len(names))


def _mean(values: Mapping[str, Means]) -> float:
    return float(np.mean([table.mean() for table in values.values()]))


def _replicates(
    tables: list[Mapping[str, Means]],
    figure: Callable[[list[NDArray[np.float64]]], NDArray[np.float64]],
    units: Units | None = None,
) -> NDArray[np.float64]:
    """A figure of the means of each table, with units and seeds drawn anew; units are drawn for all tables alike."""
    dice = np.random.default_rng(0)
    seeds = [dice.multinomial(n, [1 / n] * n, size=_REPLICATES) / n for n in map(_seeds, tables)]
    sums = [np.zeros(_REPLICATES) for _ in tables]
    for language, weights in _weights(units or _prompts(tables[0]), dice):
        for total, drawn, table in zip(sums, seeds, tables, strict=True):
            total += ((drawn @ table[language]) * weights).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return figure([total / len(tables[0]) for total in sums])


def _weights(units: Units, dice: np.random.Generator) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """By language, the share of each prompt in each replicate, float64 [replicates, prompts].

    Of each kind as many units are drawn as there are, for all languages together.
    """
    kinds: dict[str, dict[tuple[str, str], None]] = {}
    for name in (name for names in units.values() for name in names):
        kinds.setdefault(name[0], {})[name] = None
    drawn: dict[tuple[str, str], NDArray[np.int64]] = {}
    for names in kinds.values():
        counts = dice.multinomial(len(names), [1 / len(names)] * len(names), size=_REPLICATES)
        drawn |= zip(names, counts.T, strict=True)
    for language, of_language in units.items():
        counts = np.stack([drawn[name] for name in of_language], axis=1)
        with np.errstate(invalid="ignore"):  # a replicate without a prompt of the language is left out of the interval
            yield language, counts / counts.sum(axis=1, keepdims=True)


def _seeds(table: Mapping[str, Means]) -> int:
    return next(iter(table.values())).shape[0]


def _interval(value: float, replicates: NDArray[np.float64]) -> Interval:
    finite = replicates[np.isfinite(replicates)]
    if not len(finite):
        return Interval(value, None, None)
    low, high = np.percentile(finite, [_LOW, _HIGH])
    return Interval(value, float(low), float(high))
