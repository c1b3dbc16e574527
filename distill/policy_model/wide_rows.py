"""Places in rows as wide as a vocabulary, in two passes: the block first, then the place in it.

A pass over all values then is a plain maximum or sum, which torch does several times faster than it looks for a place or adds up
as it goes.
"""

import torch
from torch import Tensor

__all__ = ["drawn", "largest"]

_WIDTHS = (256, 128, 64, 32)
_BELOW_ONE = 1.0 - 2.0**-40


def largest(values: Tensor) -> Tensor:
    """Where each row has its largest value, the first of several; int64 [N] of float [N, V]."""
    blocks = _blocks(values)
    chosen = blocks.amax(dim=-1).argmax(dim=-1)
    return chosen * blocks.shape[-1] + _of(blocks, chosen).argmax(dim=-1)


def drawn(weights: Tensor, chances: Tensor) -> Tensor:
    """A place of each row, by its weights; one without weight is never drawn.

    Args:
        weights: none below 0, some above; float [N, V].
        chances: how far along the sum of a row its place lies, 0 to below 1; float64 [N].

    Returns:
        int64 [N].
    """
    blocks = _blocks(weights)
    sums = blocks.sum(dim=-1).double().cumsum_(dim=-1)
    goal = chances.unsqueeze(1) * sums[:, -1:]
    chosen = torch.searchsorted(sums, goal, right=True).clamp_(max=sums.shape[1] - 1)
    within = _of(blocks, chosen.squeeze(1)).double().cumsum_(dim=-1)
    # Rounding may leave the goal a little outside of the block.
    last = within[:, -1:]
    rest = (goal - sums.gather(1, chosen) + last).clamp_(min=0.0).minimum(last * _BELOW_ONE)
    place = torch.searchsorted(within, rest, right=True)
    return (chosen * blocks.shape[-1] + place).squeeze(1)


def _blocks(values: Tensor) -> Tensor:
    """[N, blocks, width] of [N, V]; one block where no width fits."""
    size = values.shape[-1]
    width = next((width for width in _WIDTHS if size % width == 0), size)
    return values.view(len(values), size // width, width)


def _of(blocks: Tensor, chosen: Tensor) -> Tensor:
    """The chosen block of each row; [N, width]."""
    return blocks[torch.arange(len(blocks), device=blocks.device), chosen]
