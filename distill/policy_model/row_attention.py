"""Attention of a row of tokens in which several sequences lie, which may share their beginning."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.cache_utils import DynamicCache

from distill.policy_model.bucketing import alike
from distill.policy_model.cpu_attention import LONGEST, attention_gradients

__all__ = ["SequenceAttention"]


@dataclass(frozen=True, slots=True)
class _Block:
    """b sequences of like length, whose last q tokens ask, and whose k tokens answer.

    Attributes:
        queries: where they lie in the row, some token's place past an end; int64 [b, q].
        keys: the same; int64 [b, k].
        there: which of the queries are tokens; bool [b, q].
        bias: added to the scores of what a token does not see; float32 [q, k].
    """

    queries: Tensor
    keys: Tensor
    there: Tensor
    bias: Tensor

    @classmethod
    def of(cls, keys: Tensor, lengths: Tensor, begun: int) -> "_Block":
        """Of sequences (int64 [b, k]), whose tokens from one on ask."""
        places = torch.arange(keys.shape[1])
        unseen = places > places[begun:, None]
        bias = torch.zeros(unseen.shape).masked_fill_(unseen, -math.inf)
        return cls(keys[:, begun:], keys, places[begun:] < lengths[:, None], bias)


class SequenceAttention:
    """Lets each token attend to those of its own sequence up to itself (an `Attend`).

    Args:
        index: where B sequences of at most T tokens lie in the row of L, of which each token is there once; int64 [B, T].
        lengths: of the sequences; int64 [B].
        shared: tokens that all sequences begin with, the row's first.
        cache: gets the keys and values of the sequences; [B, heads, T, D] of each layer.
    """

    def __init__(self, index: Tensor, lengths: Tensor, shared: int, cache: DynamicCache | None = None) -> None:
        self._cache, self._index, self._shared = cache, index, shared
        self._blocks = [_Block.of(index[:1, :shared], lengths[:1], 0)] if shared else []
        tails = [(row, length - shared) for row, length in enumerate(lengths.tolist()) if length > shared]
        for chosen in alike([length for _, length in tails]):
            rows = torch.tensor([tails[i][0] for i in chosen])
            width = shared + max(tails[i][1] for i in chosen)
            self._blocks.append(_Block.of(index[rows, :width], lengths[rows], shared))
        there = torch.cat([block.there.flatten() for block in self._blocks])
        asked = torch.cat([block.queries.flatten() for block in self._blocks])
        count = int(there.sum())
        self._places = torch.empty(count, dtype=torch.long)  # of the row's tokens among all that ask
        self._places[asked[there]] = there.nonzero().flatten()
        self._or_zero = [block.queries.where(block.there, count) for block in self._blocks]

    def __call__(self, module: nn.Module, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        if self._cache is not None:
            layer: Any = module
            self._cache.update(_spread(key, self._index), _spread(value, self._index), layer.layer_idx)
        if torch.is_grad_enabled() and self._index.shape[1] <= LONGEST:
            apply: Any = _RowAttention.apply
            out: Tensor = apply(self, query, key, value, scale)
            return out
        return self.attended(query, key, value, scale)

    def attended(self, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """[L, heads, D] of query [L, heads, D], key and value [L, fewer heads, D]."""
        heads = key.shape[1]
        found = []
        for block in self._blocks:
            queries = _folded(_spread(query, block.queries), heads)
            keys, values = _spread(key, block.keys), _spread(value, block.keys)
            bias = _folded_bias(block, queries)
            out = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=bias, scale=scale)
            found.append(_rows(_unfolded(out, query.shape[1])))
        return torch.cat(found).index_select(0, self._places)

    def gradients(
        self, query: Tensor, key: Tensor, value: Tensor, scale: float, grad: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Those of query, key and value, of that of the output."""
        heads, shared = key.shape[1], self._shared
        grad = torch.cat([grad, grad.new_zeros(1, *grad.shape[1:])])
        found: tuple[list[Tensor], list[Tensor], list[Tensor]] = ([], [], [])
        at_shared: list[list[Tensor]] = [[], []]
        for block, or_zero in zip(self._blocks, self._or_zero, strict=True):
            queries, grads = (_folded(_spread(x, at), heads) for x, at in ((query, block.queries), (grad, or_zero)))
            keys, values = _spread(key, block.keys), _spread(value, block.keys)
            bias = _folded_bias(block, queries)
            of_queries, *of_others = attention_gradients(queries, keys, values, bias, scale, grads)
            found[0].append(_rows(_unfolded(of_queries, query.shape[1])))
            begun = block.keys.shape[1] - block.queries.shape[1]
            for rows, sums, of_other in zip(found[1:], at_shared, of_others, strict=True):
                rows.append(_rows(of_other[:, :, begun:]))
                if begun:
                    sums.append(of_other[:, :, :begun].sum(dim=0).transpose(0, 1))
        of_query, of_key, of_value = (torch.cat(rows).index_select(0, self._places) for rows in found)
        for of_other, sums in zip((of_key, of_value), at_shared, strict=True):
            if sums:
                of_other[:shared] += _sum(sums)
        return of_query, of_key, of_value


def _spread(row: Tensor, index: Tensor) -> Tensor:
    """[b, heads, t, D] of [L, heads, D]; what lies past an end is some token."""
    return row.index_select(0, index.flatten()).view(*index.shape, *row.shape[1:]).transpose(1, 2)


def _rows(spread: Tensor) -> Tensor:
    """[b * t, heads, D] of [b, heads, t, D]."""
    return spread.transpose(1, 2).flatten(0, 1)


def _folded(queries: Tensor, heads: int) -> Tensor:
    """Those that share a key behind one another: [b, heads, n * t, D] of [b, n * heads, t, D]."""
    return queries.reshape(len(queries), heads, -1, queries.shape[-1])


def _unfolded(queries: Tensor, heads: int) -> Tensor:
    return queries.view(len(queries), heads, -1, queries.shape[-1])


def _folded_bias(block: _Block, queries: Tensor) -> Tensor:
    return block.bias.to(queries.dtype).repeat(queries.shape[2] // len(block.bias), 1)[None, None]


def _sum(parts: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(parts)).sum(dim=0)


class _RowAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        attention, query, key, value, scale = given
        ctx.save_for_backward(query, key, value)
        ctx.attention, ctx.scale = attention, scale
        found: Tensor = attention.attended(query, key, value, scale)
        return found

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        query, key, value = ctx.saved_tensors
        return None, *ctx.attention.gradients(query, key, value, ctx.scale, grads[0]), None
