"""Sampling by an exponential race, with one noise row per request and step.

A token's probability divided by its own exponential noise: the largest ratio wins, and wins as often as the token is probable.
Since the noise does not depend on the probabilities, taking tokens out of the race changes the winner only where one of them
would have won. That is what makes a guarded answer equal the unguarded one up to the first drift.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

__all__ = ["Race", "SamplingParams", "distribution", "pick"]

_LEAST_TEMPERATURE = 1e-5


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How one request samples.

    Attributes:
        temperature: 0 is greedy, and so is what is too small to divide by.
        top_p: nucleus mass, above 0 and up to 1.
        top_k: number of tokens kept, None for all.
        seed: makes the answer repeatable; None draws a seed.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int | None = None
    seed: int | None = None

    @property
    def greedy(self) -> bool:
        """Whether the most probable token is always taken."""
        return self.temperature < _LEAST_TEMPERATURE


class Race:
    """One request's source of noise."""

    def __init__(self, params: SamplingParams, device: torch.device) -> None:
        self.params = params
        self._generator = torch.Generator(device=device)
        if params.seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(params.seed)

    def noise(self, size: int) -> torch.Tensor:
        """Standard exponential noise for one step; float32 [size]."""
        row = torch.empty(size, dtype=torch.float32, device=self._generator.device)
        return row.exponential_(generator=self._generator)


def distribution(logits: torch.Tensor, params: Sequence[SamplingParams]) -> torch.Tensor:
    """The distribution that each request samples from; a greedy one puts everything on its most probable token.

    Args:
        logits: raw logits, float32 [rows, vocabulary].
        params: one per row.

    Returns:
        Probabilities, float32 [rows, vocabulary].
    """
    scale = torch.tensor([1.0 if p.greedy else p.temperature for p in params], dtype=logits.dtype, device=logits.device)
    warped = logits / scale.unsqueeze(-1)
    for row, p in enumerate(params):
        if p.top_k is not None and p.top_k < warped.shape[-1]:
            least = warped[row].topk(p.top_k).values[-1]
            warped[row] = warped[row].masked_fill(warped[row] < least, -torch.inf)
    probs = torch.softmax(warped, dim=-1)
    for row, p in enumerate(params):
        if p.greedy:
            winner = logits[row].argmax()
            probs[row].zero_()
            probs[row, winner] = 1.0
        elif p.top_p < 1.0:
            probs[row] = _nucleus(probs[row], p.top_p)
    return probs


def _nucleus(probs: torch.Tensor, mass: float) -> torch.Tensor:
    """The smallest set of tokens that holds the mass, renormalised; [vocabulary] -> [vocabulary]."""
    ordered, index = probs.sort(descending=True)
    kept = (ordered.cumsum(0) - ordered) < mass
    out = torch.zeros_like(probs)
    out[index[kept]] = ordered[kept]
    return out / out.sum()


def pick(probs: torch.Tensor, noise: torch.Tensor | None) -> torch.Tensor:
    """Winner of the race; [..., vocabulary] and noise of the same shape -> [...]. Without noise, the most probable token."""
    return (probs if noise is None else probs / noise).argmax(dim=-1)
