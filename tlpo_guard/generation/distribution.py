"""The distribution that each row of a batch samples from, and the token at which it reaches a uniform.

Nothing here waits for the device: shapes do not depend on values, and what the host decides arrives as index tensors.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.generation import host_rows
from tlpo_guard.transfer import to_device

__all__ = ["SUMMED", "RowSampling", "cut", "cut_by_tensor", "distribution", "pick", "row_argmax"]

SUMMED = 128  # tokens that are summed before the search for the winner


@dataclass(frozen=True, slots=True)
class RowSampling:
    """How the rows of a batch sample; host arrays [rows].

    Attributes:
        temperature: above 0; greedy rows are not drawn from, whatever stands here.
        top_p: nucleus mass, above 0 and up to 1.
        top_k: tokens kept, 0 for all.
        min_p: tokens less probable than this share of the most probable one are left out, before the others are cut; 0 for none.
    """

    temperature: NDArray[np.float32]
    top_p: NDArray[np.float64]
    top_k: NDArray[np.int64]
    min_p: NDArray[np.float64]

    def at(self, rows: NDArray[np.int64]) -> "RowSampling":
        """Some of the rows."""
        return RowSampling(self.temperature[rows], self.top_p[rows], self.top_k[rows], self.min_p[rows])

    @property
    def cut_rows(self) -> NDArray[np.int64]:
        """The rows that do not sample from the whole vocabulary."""
        return np.flatnonzero((self.top_p < 1.0) | (self.top_k > 0) | (self.min_p > 0))


def distribution(logits: torch.Tensor, sampling: RowSampling) -> tuple[torch.Tensor, torch.Tensor]:
    """Every row's distribution, over the whole vocabulary and as the row samples from it.

    Args:
        logits: float32 [rows, vocabulary].
        sampling: of the same rows.

    Returns:
        Probabilities float32 [rows, vocabulary], before and behind min-p, top-k and top-p; the same tensor where no row has any.
    """
    if logits.device.type == "cpu":
        whole = torch.from_numpy(host_rows.softmax(logits.numpy(), sampling.temperature))
    elif bool((sampling.temperature == 1.0).all()):
        whole = torch.softmax(logits, dim=-1)
    else:
        scale = to_device(1.0 / sampling.temperature, logits.device).unsqueeze(-1)
        whole = torch.softmax(logits * scale, dim=-1)
    rows = sampling.cut_rows
    if not len(rows):
        return whole, whole
    own = whole.clone() if len(rows) < len(whole) else whole
    index = None if len(rows) == len(whole) else to_device(rows, logits.device)
    parts = cut(whole if index is None else whole.index_select(0, index), sampling.at(rows))
    return whole, parts if index is None else own.index_copy(0, index, parts)


def cut(probs: torch.Tensor, sampling: RowSampling) -> torch.Tensor:
    """What min-p leaves of each row, of that the k best tokens, of these the smallest set with the nucleus mass, renormalised.

    Args:
        probs: float32 [rows, vocabulary], adding up to 1; not changed.
        sampling: of the same rows.
    """
    if probs.device.type == "cpu":
        return torch.from_numpy(host_rows.cut(probs.numpy(), sampling.top_p, sampling.top_k, sampling.min_p))
    return cut_by_tensor(probs, sampling)


def cut_by_tensor(probs: torch.Tensor, sampling: RowSampling) -> torch.Tensor:
    """The same by shapes that depend on no value, on any device."""
    size = probs.shape[-1]
    most = np.where(sampling.top_k > 0, np.minimum(sampling.top_k, size), size)
    ordered, index = probs.sort(dim=-1, descending=True, stable=True)
    rank = torch.arange(size, device=probs.device)
    kept = rank < to_device(most, probs.device).unsqueeze(-1)
    kept &= ordered >= to_device(sampling.min_p, probs.device).unsqueeze(-1) * ordered[:, :1]
    ordered = torch.where(kept, ordered, 0.0)
    some = (most < size) | (sampling.min_p > 0)
    total = torch.where(to_device(some, probs.device), ordered.sum(dim=-1), 1.0)
    before = ordered.cumsum(dim=-1, dtype=torch.float64) - ordered
    kept = before < (to_device(sampling.top_p, probs.device) * total).unsqueeze(-1)
    kept |= rank == 0  # a mass too small for float32
    out = torch.zeros_like(probs).scatter_(-1, index, torch.where(kept, ordered, 0.0))
    return out / out.sum(dim=-1, keepdim=True)


def pick(probs: torch.Tensor, uniforms: torch.Tensor, sums: torch.Tensor | None = None) -> torch.Tensor:
    """The tokens at which the cumulative distributions reach the uniforms.

    Args:
        probs: float32 [rows, vocabulary], need not add up to 1.
        uniforms: float64 [rows], in (0, 1].
        sums: of every `SUMMED` probabilities, float32 [rows, vocabulary / SUMMED, rounded up]; None where nobody has them yet.

    Returns:
        Token ids, int64 [rows]; each of a positive probability.
    """
    if probs.device.type == "cpu" and sums is None:
        return torch.from_numpy(host_rows.pick(probs.numpy(), uniforms.numpy()))
    rows, size = probs.shape
    if missing := -size % SUMMED:
        probs = torch.nn.functional.pad(probs, (0, missing))
    blocks = probs.view(rows, -1, SUMMED)
    reached = (blocks.sum(dim=-1) if sums is None else sums).cumsum(dim=-1, dtype=torch.float64)
    wanted = uniforms.unsqueeze(-1) * reached[:, -1:]
    block = torch.searchsorted(reached, wanted).clamp(max=reached.shape[1] - 1)  # where a model brings no numbers
    before = torch.where(block > 0, reached.gather(1, (block - 1).clamp(min=0)), torch.zeros_like(wanted))
    chosen = blocks.gather(1, block.unsqueeze(-1).expand(-1, -1, SUMMED)).squeeze(1)
    inner = chosen.cumsum(dim=-1, dtype=torch.float64)
    # Rounding must neither leave the block nor stop at a token before its first positive one.
    rest = torch.minimum((wanted - before).clamp(min=torch.finfo(torch.float64).tiny), inner[:, -1:])
    return (block * SUMMED + torch.searchsorted(inner, rest)).squeeze(-1).clamp(max=size - 1)


def row_argmax(rows: torch.Tensor) -> torch.Tensor:
    """The most probable token of each row, the first of equals; int64 [rows] of float [rows, vocabulary]."""
    if rows.device.type == "cpu":
        return torch.from_numpy(rows.numpy().argmax(axis=-1))  # torch's own reads a CPU's memory one by one
    return rows.argmax(dim=-1)
