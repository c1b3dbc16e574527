"""What a request samples from: top-k, top-p and min-p over one row, in the order in which its engine applies them."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.errors import ConfigurationError

__all__ = ["NO_CUTS", "Cut", "Cuts"]


class Cut(StrEnum):
    """A way to leave out improbable tokens."""

    TOP_K = "top_k"
    TOP_P = "top_p"
    MIN_P = "min_p"


@dataclass(frozen=True, slots=True)
class Cuts:
    """A request's own cuts.

    Attributes:
        top_k: tokens that are kept, 0 for all.
        top_p: nucleus mass; 1 for all.
        min_p: tokens less probable than this share of the most probable one are left out; 0 for none.
        temperature: at which the probabilities are taken; engines that cut before they temper take them at 1.
        order: in which the engine applies them.
    """

    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    temperature: float = 1.0
    order: tuple[Cut, ...] = (Cut.TOP_K, Cut.TOP_P, Cut.MIN_P)

    def __post_init__(self) -> None:
        if self.top_k < 0:
            raise ConfigurationError(f"top_k is {self.top_k}; it must be 0 for all tokens, or a number of them")
        if not 0.0 < self.top_p <= 1.0:
            raise ConfigurationError(f"top_p is {self.top_p}; it must be above 0 and at most 1")
        if not 0.0 <= self.min_p <= 1.0:
            raise ConfigurationError(f"min_p is {self.min_p}; it must be between 0 and 1")

    def __bool__(self) -> bool:
        return self.top_k > 0 or self.top_p < 1.0 or self.min_p > 0.0

    def kept(self, row: NDArray[np.float32], *, ties: bool = False) -> NDArray[np.int64]:
        """The tokens that are sampled from, at least one; int64 [kept].

        Each cut keeps a beginning of the tokens in the order of their logits, so that only those are sorted which may stay.

        Args:
            row: logits; float32 [vocabulary].
            ties: with all tokens that are as probable as the last one.
        """
        logits = row if self.temperature == 1.0 else row / np.float32(self.temperature)
        ids, rest = self._may_stay(logits)
        ids = ids[np.argsort(-logits[ids], kind="stable")]
        ordered = logits[ids]
        for cut in self.order:
            count = self._kept(cut, ordered, rest)
            if count < len(ordered):
                ordered, rest = ordered[:count], 0.0
        return np.flatnonzero(logits >= ordered[-1]) if ties else ids[: len(ordered)]

    def _may_stay(self, logits: NDArray[np.float32]) -> tuple[NDArray[np.int64], float]:
        """The tokens that a cut may leave, and what the others' probabilities add up to where the best one's is 1."""
        best = logits.max()
        first = next(cut for cut in self.order if self._cuts(cut))
        if first is Cut.TOP_K and self.top_k < len(logits):
            return np.argpartition(logits, -self.top_k)[-self.top_k :], 0.0
        if first is Cut.MIN_P:
            return np.flatnonzero(logits >= best + np.log(np.float32(self.min_p))), 0.0
        probs = np.exp(logits - best)
        total = float(probs.sum())
        # All that is less probable than this together holds less than what the nucleus leaves out.
        likely = np.flatnonzero(probs > (1.0 - self.top_p) / len(logits) / 2 * total)
        return likely, max(total - float(probs[likely].sum()), 0.0)

    def _cuts(self, cut: Cut) -> bool:
        return {Cut.TOP_K: self.top_k > 0, Cut.TOP_P: self.top_p < 1.0, Cut.MIN_P: self.min_p > 0.0}[cut]

    def _kept(self, cut: Cut, ordered: NDArray[np.float32], rest: float) -> int:
        """How many of some tokens a cut keeps, most probable first."""
        if not self._cuts(cut):
            return len(ordered)
        if cut is Cut.TOP_K:
            return self.top_k
        if cut is Cut.MIN_P:
            return max(int(np.count_nonzero(ordered >= ordered[0] + np.log(np.float32(self.min_p)))), 1)
        reached = np.cumsum(np.exp(ordered - ordered[0]), dtype=np.float64)
        return int(np.searchsorted(reached, self.top_p * (reached[-1] + rest))) + 1


NO_CUTS = Cuts()
