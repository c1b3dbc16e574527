"""Attention of a row of tokens in which several sequences lie, which may share their beginning."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.cache_utils import DynamicCache

from distill.policy_model.cpu_attention import LONGEST, attention_gradients

__all__ = ["SequenceAttention"]


class SequenceAttention:
    """Lets each token attend to those of its own sequence up to itself (an `Attend`).

    Args:
        index: where B sequences of at most T tokens lie in the row of L; int64 [B, T].
        owned: at which of these places a token's output is taken, row by row; bool [B, T] with L of them.
        shared: tokens that all sequences begin with, which lie in the row once.
        cache: gets the keys and values of the sequences; [B, heads, T, D] of each layer.
    """

    def __init__(self, index: Tensor, owned: Tensor, shared: int, cache: DynamicCache | None = None) -> None:
        self._cache = cache
        self._shape = index.shape
        self._index = index.flatten()
        self._places = owned.flatten().nonzero().flatten()
        ends = torch.full_like(self._index, len(self._places))  # one past the row, where a zero stands
        self._or_zero = self._index.where(owned.flatten(), ends)
        self._shared = shared if len(index) > 1 else 0
        length = index.shape[1]
        self._causal = torch.ones(length, length, dtype=torch.bool).tril()

    def __call__(self, module: nn.Module, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        if self._cache is not None:
            layer: Any = module
            self._cache.update(self.spread(key), self.spread(value), layer.layer_idx)
        if torch.is_grad_enabled() and self._shape[1] <= LONGEST:
            apply: Any = _RowAttention.apply
            out: Tensor = apply(self, query, key, value, scale)
            return out
        return self.attended(query, key, value, scale)

    def attended(self, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """[L, heads, D] of query [L, heads, D], key and value [L, fewer heads, D]."""
        queries, keys, values = map(self.spread, (query, key, value))
        out = functional.scaled_dot_product_attention(
            queries, keys, values, is_causal=True, scale=scale, enable_gqa=queries.shape[1] > keys.shape[1]
        )
        return self._taken(out)

    def gradients(
        self, query: Tensor, key: Tensor, value: Tensor, scale: float, grad: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Those of query, key and value, of that of the output."""
        keys, values = self.spread(key), self.spread(value)
        batch, heads, length, size = keys.shape
        shared = query.shape[1] // heads
        mask = self._causal.repeat(shared, 1)[None, None]
        queries, grads = (
            x.reshape(batch, heads, shared * length, size) for x in (self.spread(query), self._spread_or_zero(grad))
        )
        of_queries, of_keys, of_values = attention_gradients(queries, keys, values, mask, scale, grads)
        of_query = self._taken(of_queries.view(batch, heads * shared, length, size))
        return of_query, self._summed(of_keys), self._summed(of_values)

    def spread(self, row: Tensor) -> Tensor:
        """[B, heads, T, D] of [L, heads, D]; what lies past an end is some token."""
        return row.index_select(0, self._index).view(*self._shape, *row.shape[1:]).transpose(1, 2)

    def _spread_or_zero(self, row: Tensor) -> Tensor:
        """The same with zeros where no output is taken."""
        longer = torch.cat([row, row.new_zeros(1, *row.shape[1:])])
        return longer.index_select(0, self._or_zero).view(*self._shape, *row.shape[1:]).transpose(1, 2)

    def _taken(self, spread: Tensor) -> Tensor:
        """[L, heads, D] of [B, heads, T, D]."""
        return spread.transpose(1, 2).flatten(0, 1).index_select(0, self._places)

    def _summed(self, spread: Tensor) -> Tensor:
        """The same of gradients: the shared beginning has those of all sequences."""
        found = self._taken(spread)
        if self._shared:
            found[: self._shared] = spread[:, :, : self._shared].sum(dim=0).transpose(0, 1)
        return found


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
