"""Quantiles of a Prometheus histogram, for pages that show them without Prometheus."""

from collections import defaultdict
from dataclasses import dataclass

from prometheus_client import Histogram

__all__ = ["Latency", "quantile"]


@dataclass(frozen=True, slots=True)
class Latency:
    """Since the server's start, seconds; None before the first answer.

    Attributes:
        first_token: median from a request to its first token.
        first_token_slow: the time that 95 of 100 requests stay under.
        queue_slow: the same of waiting for the engine.
    """

    first_token: float | None
    first_token_slow: float | None
    queue_slow: float | None


def quantile(histogram: Histogram, share: float) -> float | None:
    """The value that a share of the observations stays under, over all labels, as Prometheus interpolates it.

    Args:
        share: above 0 and below 1.

    Returns:
        None where nothing was observed; the last bound but infinity where it lies beyond that.
    """
    below: dict[float, float] = defaultdict(float)
    for sample in next(iter(histogram.collect())).samples:
        if sample.name.endswith("_bucket"):
            below[float(sample.labels["le"])] += sample.value
    bounds = sorted(below)
    if not bounds or not below[bounds[-1]]:
        return None
    wanted, last, count = share * below[bounds[-1]], 0.0, 0.0
    for bound in bounds:
        if below[bound] >= wanted:
            inside = below[bound] - count
            return last if bound == float("inf") else last + (bound - last) * (wanted - count) / inside
        last, count = bound, below[bound]
    return last
