"""What the tokens of a row are sampled with, taken part by part, so that the arithmetic stays in a processor's cache."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["PART", "Tempering", "parts"]

Row = NDArray[np.float32]

PART = 1 << 15  # tokens
_SAFE_POWER = 60.0  # e to this is a float32, and so is the sum of a vocabulary of them
_LEAST_POWER = -86.0  # numbers below e to this are the slow ones of a processor
_USUAL_RANGE = 40.0  # logits of a row that matter lie within this


@dataclass(frozen=True, slots=True)
class Tempering:
    """How the logits of one row become shares: probabilities but for one factor.

    Attributes:
        lower: taken off a logit first.
        scale: then multiplied by.
    """

    lower: float
    scale: float

    @classmethod
    def of(cls, best: float, temperature: float) -> "Tempering":
        """For a row by its highest logit."""
        scale = 1.0 / temperature
        return cls(0.0 if abs(best * scale) < _SAFE_POWER else best, scale)

    def share(self, logit: float) -> float:
        """Of one logit."""
        return math.exp((logit - self.lower) * self.scale)

    def shares(self, logits: Row, out: Row | None = None) -> Row:
        """Of some logits; float32 of the same shape."""
        if self.lower:
            logits = out = np.subtract(logits, self.lower, out=out)
        if self.scale != 1.0:
            logits = out = np.multiply(logits, self.scale, out=out)
        if self.scale * _USUAL_RANGE > -_LEAST_POWER:
            logits = out = np.maximum(logits, _LEAST_POWER, out=out)
        return np.exp(logits, out=out)


def parts(size: int) -> Iterator[slice]:
    """Of a row of so many columns."""
    for start in range(0, size, PART):
        yield slice(start, min(start + PART, size))
