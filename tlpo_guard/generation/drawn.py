"""What was drawn from the rows of a batch."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.generation.distribution import RowSampling, distribution, pick, row_argmax
from tlpo_guard.transfer import to_device

__all__ = ["Drawn", "SumsOf", "draw"]

SumsOf = Callable[[torch.Tensor, NDArray[np.int64]], torch.Tensor | None]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The winners of some rows, and where they come from.

    Attributes:
        winners: int64 [rows].
        sampled: the rows that are not greedy, ascending; int64 [sampled], on the host.
        whole: their distributions over the whole vocabulary; float32 [sampled, vocabulary].
        own: the same behind min-p, top-k and top-p.
    """

    winners: torch.Tensor
    sampled: NDArray[np.int64]
    whole: torch.Tensor
    own: torch.Tensor


def draw(
    logits: torch.Tensor,
    sampling: RowSampling,
    greedy: NDArray[np.bool_],
    uniforms: NDArray[np.float64],
    sums_of: SumsOf = lambda own, sampled: None,
) -> Drawn:
    """One winner a row.

    Args:
        logits: float32 [rows, vocabulary]; not changed.
        sampling: of the rows; what it says of greedy ones does not matter.
        greedy: rows whose most probable token wins; bool [rows].
        uniforms: float64 [rows], in (0, 1]; greedy rows do not use theirs.
        sums_of: brings the sums that `pick` begins with, of distributions and the rows that they are of; None where it has none.
    """
    sampled = np.flatnonzero(~greedy)
    if not len(sampled):
        nothing = logits.new_empty((0, logits.shape[-1]))
        return Drawn(row_argmax(logits), sampled, nothing, nothing)
    if len(sampled) == len(greedy):
        whole, own = distribution(logits, sampling)
        winners = pick(own, to_device(uniforms, logits.device), sums_of(own, sampled))
        return Drawn(winners, sampled, whole, own)
    index = to_device(sampled, logits.device)
    whole, own = distribution(logits.index_select(0, index), sampling.at(sampled))
    winners = pick(own, to_device(uniforms[sampled], logits.device), sums_of(own, sampled))
    rest = to_device(np.flatnonzero(greedy), logits.device)
    out = torch.empty(len(greedy), dtype=torch.int64, device=logits.device)
    out.index_copy_(0, index, winners)
    out.index_copy_(0, rest, row_argmax(logits.index_select(0, rest)))
    return Drawn(out, sampled, whole, own)
