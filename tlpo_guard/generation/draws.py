"""Sampling by the inverse of the cumulative distribution, with two uniforms per request and step.

The first uniform draws from the untouched distribution. Only where its winner has to be kept out does the second one draw
from what is left. A token x comes out with p(x) + p(out) p(x) / (1 - p(out)) = p(x) / (1 - p(out)): its probability given
that nothing kept out is drawn; and a guarded answer equals the unguarded one up to its first drift. One uniform instead of
a noise for every token of the vocabulary, which on a CPU costs more than everything else that a step does with its logits.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

__all__ = ["Choice", "Draws", "SamplingParams", "choose", "distribution", "pick"]

_LEAST_TEMPERATURE = 1e-5
_BLOCK = 128  # tokens that are summed before the search for the winner
_NUCLEUS_GUESS = 512  # most nuclei are smaller; a larger one costs a sort of the vocabulary


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


class Draws:
    """One request's source of uniforms.

    Args:
        seed: None draws one.
        branch: how often the answer has gone back; every branch has draws of its own.
    """

    def __init__(self, seed: int | None, branch: int = 0) -> None:
        entropy = secrets.randbits(64) if seed is None else seed % (1 << 64)
        self._generator = np.random.Generator(np.random.Philox(key=np.array([entropy, branch], dtype=np.uint64)))

    def next(self) -> tuple[float, float]:
        """A step's two uniforms, in (0, 1]."""
        first, second = self._generator.random(2)
        return 1.0 - float(first), 1.0 - float(second)


@dataclass(frozen=True, slots=True)
class Choice:
    """What was drawn from a row.

    Attributes:
        token_id: the winner.
        probs: the row's own sampling distribution, float32 [vocabulary]; None for greedy rows, where the winner has it all.
    """

    token_id: int
    probs: torch.Tensor | None


def choose(logits: torch.Tensor, params: Sequence[SamplingParams], uniforms: Sequence[float]) -> list[Choice]:
    """One winner a row.

    Args:
        logits: float32 [rows, vocabulary].
        params: one per row.
        uniforms: one per row, in (0, 1]; greedy rows do not use theirs.
    """
    greedy = [row for row, p in enumerate(params) if p.greedy]
    sampled = [row for row, p in enumerate(params) if not p.greedy]
    out: list[Choice | None] = [None] * len(params)
    if greedy:
        for row, token_id in zip(greedy, _rows(logits, greedy).argmax(dim=-1).tolist(), strict=True):
            out[row] = Choice(token_id, None)
    if sampled:
        probs = distribution(_rows(logits, sampled), [params[row] for row in sampled])
        winners = pick(probs, [uniforms[row] for row in sampled]).tolist()
        for at, row in enumerate(sampled):
            out[row] = Choice(winners[at], probs[at])
    return [choice for choice in out if choice is not None]


def _rows(logits: torch.Tensor, rows: list[int]) -> torch.Tensor:
    return logits if len(rows) == len(logits) else logits[rows]


def distribution(logits: torch.Tensor, params: Sequence[SamplingParams]) -> torch.Tensor:
    """The distribution that each request samples from; a greedy one puts everything on its most probable token.

    Args:
        logits: raw logits, float32 [rows, vocabulary].
        params: one per row.

    Returns:
        Probabilities, float32 [rows, vocabulary].
    """
    scales = [1.0 if p.greedy else p.temperature for p in params]
    plain = all(scale == 1.0 for scale in scales)
    warped = logits if plain else logits / torch.tensor(scales, dtype=logits.dtype, device=logits.device).unsqueeze(-1)
    probs = torch.softmax(warped, dim=-1)
    for row, p in enumerate(params):
        if p.greedy:
            winner = logits[row].argmax()
            probs[row].zero_()
            probs[row, winner] = 1.0
        elif p.top_p < 1.0 or p.top_k is not None:
            probs[row] = _cut(probs[row], p.top_p, p.top_k)
    return probs


def _cut(probs: torch.Tensor, top_p: float, top_k: int | None) -> torch.Tensor:
    """The k most probable tokens, of these the smallest set that holds the mass, renormalised; [vocabulary] both."""
    size = len(probs)
    most = size if top_k is None else min(top_k, size)
    guess = min(most, _NUCLEUS_GUESS)
    ordered, index = probs.topk(guess)
    if guess < most and float(ordered.sum()) < top_p:
        ordered, index = probs.topk(most)
    total = ordered.sum() if top_k is not None and len(ordered) == most else 1.0
    before = ordered.cumsum(0) - ordered
    kept = before < top_p * total
    kept[0] = True  # a mass too small for float32
    out = torch.zeros_like(probs)
    out[index[kept]] = ordered[kept]
    return out / out.sum()


def pick(probs: torch.Tensor, uniforms: Sequence[float]) -> torch.Tensor:
    """The tokens at which the cumulative distributions reach the uniforms.

    Args:
        probs: float32 [rows, vocabulary], need not add up to 1.
        uniforms: one per row, in (0, 1].

    Returns:
        Token ids, int64 [rows]; each of a positive probability.
    """
    rows, size = probs.shape
    if missing := -size % _BLOCK:
        probs = torch.nn.functional.pad(probs, (0, missing))
    blocks = probs.view(rows, -1, _BLOCK)
    reached = blocks.sum(dim=-1, dtype=torch.float64).cumsum(dim=-1)
    wanted = torch.tensor(uniforms, dtype=torch.float64, device=probs.device).unsqueeze(-1) * reached[:, -1:]
    block = torch.searchsorted(reached, wanted).clamp(max=reached.shape[1] - 1)  # where a model brings no numbers
    before = torch.where(block > 0, reached.gather(1, (block - 1).clamp(min=0)), torch.zeros_like(wanted))
    inner = blocks[torch.arange(rows, device=probs.device), block.squeeze(-1)].double().cumsum(dim=-1)
    # Rounding must neither leave the block nor stop at a token before its first positive one.
    rest = torch.minimum((wanted - before).clamp(min=torch.finfo(torch.float64).tiny), inner[:, -1:])
    return (block * _BLOCK + torch.searchsorted(inner, rest)).squeeze(-1).clamp(max=size - 1)
