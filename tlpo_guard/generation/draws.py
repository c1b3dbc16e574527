"""Sampling by the inverse of the cumulative distribution, with two uniforms per request and step.

The first uniform draws from the untouched distribution. Only where its winner has to be kept out does the second one draw
from what is left. A token x comes out with p(x) + p(out) p(x) / (1 - p(out)) = p(x) / (1 - p(out)): its probability given
that nothing kept out is drawn; and a guarded answer equals the unguarded one up to its first drift. One uniform instead of
a noise for every token of the vocabulary, which on a CPU costs more than everything else that a step does with its logits.
"""

import secrets
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Draws", "SamplingParams"]

_LEAST_TEMPERATURE = 1e-5
_DRAWN_AT_ONCE = 64  # steps; one call of the generator costs as much as drawing all of these


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How one request samples.

    Attributes:
        temperature: 0 is greedy, and so is what is too small to divide by.
        top_p: nucleus mass, above 0 and up to 1.
        top_k: number of tokens kept, None for all.
        min_p: tokens less probable than this share of the most probable one are left out; 0 to 1.
        seed: makes the answer repeatable; None draws a seed.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int | None = None
    seed: int | None = None
    min_p: float = 0.0

    @property
    def greedy(self) -> bool:
        """Whether the most probable token is always taken."""
        return self.temperature < _LEAST_TEMPERATURE


class Draws:
    """One request's source of uniforms.

    Args:
        seed: None draws one.
        branch: how often the answer has gone back; every branch has draws of its own.
    """

    def __init__(self, seed: int | None, branch: int = 0) -> None:
        entropy = secrets.randbits(64) if seed is None else seed % (1 << 64)
        self._generator = np.random.Generator(np.random.Philox(key=np.array([entropy, branch], dtype=np.uint64)))
        self._drawn: NDArray[np.float64] = np.empty((0, 2))
        self._step = 0

    def next(self) -> tuple[float, float]:
        """A step's two uniforms, in (0, 1]."""
        if self._step == len(self._drawn):
            self._drawn, self._step = 1.0 - self._generator.random((_DRAWN_AT_ONCE, 2)), 0
        first, second = self._drawn[self._step].tolist()
        self._step += 1
        return first, second
