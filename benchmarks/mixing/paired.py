"""Shares of one model beside another's on the same prompts: intervals and a test, over prompts and training seeds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Comparison", "compare"]

_RESAMPLES = 10_000
_FLIPS = 100_000
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """Shares, 0 to 1, with 95% intervals.

    Attributes:
        base: share of the base model.
        base_interval: over prompts.
        other: share of the other.
        other_interval: over prompts and seeds.
        change: relative to the base's share; NaN where that is 0.
        change_interval: over prompts and seeds.
        p: two-sided, of the prompts' differences under random signs.
        prompts: how many.
    """

    base: float
    base_interval: tuple[float, float]
    other: float
    other_interval: tuple[float, float]
    change: float
    change_interval: tuple[float, float]
    p: float
    prompts: int


def compare(base: NDArray[np.float64], other: NDArray[np.float64], *, seed: int = 0) -> Comparison:
    """Compare shares of mixed answers.

    Args:
        base: of each prompt; float64 [prompts].
        other: of each training seed and prompt; float64 [seeds, prompts].
        seed: of resampling.
    """
    random = np.random.default_rng(seed)
    seeds, prompts = other.shape
    bases, others = np.empty(_RESAMPLES), np.empty(_RESAMPLES)
    for i in range(_RESAMPLES):
        at = random.integers(prompts, size=prompts)
        bases[i] = base[at].mean()
        others[i] = other[random.integers(seeds, size=seeds)][:, at].mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        changes = others / bases - 1
        change = other.mean() / base.mean() - 1
    return Comparison(
        float(base.mean()),
        _interval(bases),
        float(other.mean()),
        _interval(others),
        float(change),
        _interval(changes[np.isfinite(changes)]),
        sign_test(other.mean(axis=0) - base, random),
        prompts,
    )


def sign_test(differences: NDArray[np.float64], random: np.random.Generator) -> float:
    """Two-sided p of a mean difference: how often random signs make one as large; at least 1 in 100,001."""
    given = abs(differences.sum()) - 1e-12
    larger = 0
    for _ in range(_FLIPS // _CHUNK):
        signs = random.integers(0, 2, size=(_CHUNK, len(differences))) * 2 - 1
        larger += int((abs(signs @ differences) >= given).sum())
    return (larger + 1) / (_FLIPS + 1)


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)
