"""Attention of branches that many sequences go on with: the newest token of each lies in one row."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.cache_utils import DynamicCache

__all__ = ["BranchAttention"]

_LANES = 8  # branches of a sequence that attend in one go; more would often be empty


class BranchAttention:
    """Lets the tokens of N branches attend to a sequence up to where they branch off, and to their own branch (an `Attend`).

    Args:
        sequences: their keys and values.
        rows: of each branch's sequence, ascending; int64 [N].
        visible: tokens of the sequence that a branch sees; int64 [N].
        most: tokens of a branch.
    """

    def __init__(self, sequences: DynamicCache, rows: Tensor, visible: Tensor, most: int) -> None:
        self._layers: Any = sequences.layers
        self._rows = rows
        self._visible = visible
        self._most = most
        self._own: dict[int, tuple[Tensor, Tensor]] = {}

    def turn(self, depth: int, alive: Tensor) -> None:
        """The next forward is of some branches' tokens at a depth; int64 [n], ascending."""
        rows = self._rows[alive]
        counts = rows.bincount()
        blocks = (counts + _LANES - 1) // _LANES
        slots = torch.arange(len(rows), device=rows.device) - (counts.cumsum(0) - counts)[rows]
        lanes = ((blocks.cumsum(0) - blocks)[rows] + slots // _LANES) * _LANES + slots % _LANES
        self._alive, self._depth, self._lanes = alive, depth, lanes
        self._at_lanes = rows.new_zeros(int(blocks.sum()) * _LANES)
        self._at_lanes[lanes] = torch.arange(len(rows), device=rows.device)
        self._block_rows = torch.arange(len(counts), device=rows.device).repeat_interleave(blocks)
        visible = self._visible[alive]
        self._length = int(visible.max())
        sees = torch.arange(self._length, device=rows.device) < visible[self._at_lanes][:, None]
        own = torch.eye(_LANES, dtype=torch.bool, device=rows.device).repeat_interleave(depth + 1, dim=1)
        blocks_sees = sees.view(-1, 1, _LANES, self._length)
        mask = torch.cat([blocks_sees, own.expand(len(blocks_sees), 1, -1, -1)], dim=-1)
        self._bias = torch.zeros(mask.shape).masked_fill_(~mask, -math.inf)  # torch is faster with what is added

    def __call__(self, module: nn.Module, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        layer: Any = module
        number, (_, heads, size) = layer.layer_idx, query.shape
        if number not in self._own:
            self._own[number] = self._room(key), self._room(value)
        own = self._own[number]
        for kept, new in zip(own, (key, value), strict=True):
            kept[self._alive, self._depth] = new
        context = self._layers[number]
        keys, values = self._seen(context.keys, own[0]), self._seen(context.values, own[1])
        shared = heads // key.shape[1]
        lanes = query.index_select(0, self._at_lanes).view(-1, _LANES, key.shape[1], shared, size)
        folded = lanes.permute(0, 2, 3, 1, 4).reshape(len(lanes), key.shape[1], shared * _LANES, size)
        out = functional.scaled_dot_product_attention(
            folded, keys, values, attn_mask=self._bias.to(query.dtype).repeat(1, 1, shared, 1), scale=scale
        )
        by_lane = out.view(len(lanes), key.shape[1], shared, _LANES, out.shape[-1]).permute(0, 3, 1, 2, 4)
        return by_lane.reshape(-1, heads, out.shape[-1]).index_select(0, self._lanes)

    def _room(self, like: Tensor) -> Tensor:
        """For the keys or values of all branches; [N, most, heads, D]."""
        return like.new_zeros(len(self._rows), self._most, *like.shape[1:])

    def _seen(self, context: Tensor, own: Tensor) -> Tensor:
        """What the blocks attend to: their sequence, and behind it their branches; [blocks, heads, T + lanes * tokens, D]."""
        branches = own[self._alive, : self._depth + 1].index_select(0, self._at_lanes)
        branches = branches.view(-1, _LANES * (self._depth + 1), *own.shape[2:]).transpose(1, 2)
        return torch.cat([context[:, :, : self._length].index_select(0, self._block_rows), branches], dim=2)
