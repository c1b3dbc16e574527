"""Attention for the engine's decoding steps, where every row reads its own keys and no one else's.

The library's own SDPA path packs a step's sequences into one: each query is held against the keys of all rows, and a mask
throws away what is not its own. That costs rows times as much as it needs. Flash kernels do not, but there are none on a CPU.
"""

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from transformers.generation.continuous_batching.cache import PagedAttentionCache
from transformers.generation.continuous_batching.cache_allocators import FullAttentionCacheAllocator
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

__all__ = ["install", "row_attention"]


@dataclass(frozen=True, slots=True)
class _Reading:
    """Which keys the rows of one step read.

    Attributes:
        index: places in the cache, row by row, each padded to the longest; int64 [rows * longest].
        mask: 0 at a row's own keys and minus infinity at the padding; [rows, 1, 1, longest].
    """

    index: torch.Tensor
    mask: torch.Tensor


_readings: WeakKeyDictionary[PagedAttentionCache, _Reading] = WeakKeyDictionary()


def install() -> None:
    """Let all models of this process that use SDPA take this attention where it applies, and the library's own elsewhere."""
    ALL_ATTENTION_FUNCTIONS["sdpa"] = row_attention


def row_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    scaling: float | None = None,
    cache: PagedAttentionCache | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """What transformers calls for every layer of every step.

    Args:
        module: the attention layer.
        query: [1, heads, tokens, head size].
        key: of the new tokens, [1, key heads, tokens, head size]; so is value.
        attention_mask: of the packed sequences; not needed where the rows are read apart.
        scaling: of the scores; None for the usual one.
        cache: the engine's.
        kwargs: places to read and to write, lengths, and what else the library's own function takes.

    Returns:
        [1, tokens, heads, head size], and None for the weights.
    """
    if cache is None or not _decodes(cache, query, kwargs):
        out: tuple[torch.Tensor, torch.Tensor | None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, cache=cache, **kwargs
        )
        return out
    return _decode(int(module.layer_idx), query, key, value, scaling, cache, kwargs), None  # type: ignore[arg-type]


def _decodes(cache: PagedAttentionCache, query: torch.Tensor, kwargs: dict[str, Any]) -> bool:
    """Whether a step brings one token to each of its sequences, all read in full from the paged cache."""
    if not isinstance(cache, PagedAttentionCache) or kwargs.get("block_table") is not None:
        return False
    if kwargs.get("position_bias") is not None or kwargs.get("sliding_window") is not None:
        return False
    if query.shape[2] != len(kwargs["cu_seq_lens_q"]) - 1 or kwargs["read_index"][0].numel() == 0:
        return False
    allocators = list(cache.cache_allocators.values())
    known = type(allocators[0]) is FullAttentionCacheAllocator and hasattr(allocators[0], "_kv_token_views")
    return len(allocators) == 1 and known


def _decode(
    layer: int,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    scaling: float | None,
    cache: PagedAttentionCache,
    kwargs: dict[str, Any],
) -> torch.Tensor:
    allocator = cache.layer_to_allocator[layer]
    assert isinstance(allocator, FullAttentionCacheAllocator)
    if layer == 0:
        lengths = kwargs["cu_seq_lens_k"][allocator.layer_type]
        _readings[cache] = _reading(kwargs["read_index"][0], lengths.long(), query.dtype)
    reading, rows = _readings[cache], query.shape[2]
    keys = _stored(allocator._kv_token_views[layer][0], key, reading, kwargs["write_index"][0])
    values = _stored(allocator._kv_token_views[layer][1], value, reading, kwargs["write_index"][0])
    heads, size = keys.shape[1], query.shape[-1]
    # The queries that share a key head stand as its rows, so that no key is repeated for them.
    grouped = query.squeeze(0).transpose(0, 1).reshape(rows, heads, -1, size)
    mask = reading.mask.expand(-1, -1, grouped.shape[2], -1)
    out = torch.nn.functional.scaled_dot_product_attention(grouped, keys, values, attn_mask=mask, scale=scaling)
    return out.reshape(1, rows, -1, size)


def _stored(kept: torch.Tensor, new: torch.Tensor, reading: _Reading, write_index: torch.Tensor) -> torch.Tensor:
    """All that a layer's cache holds of the rows, the new tokens among it; [rows, key heads, longest, head size]."""
    kept.index_copy_(0, write_index, new.squeeze(0).transpose(0, 1))
    read = kept.index_select(0, reading.index)
    return read.view(len(reading.mask), -1, *kept.shape[1:]).transpose(1, 2)


def _reading(read_index: torch.Tensor, ends: torch.Tensor, dtype: torch.dtype) -> _Reading:
    """Of the places to read and the cumulative lengths of the sequences; int [keys], int64 [rows + 1]."""
    starts, lengths = ends[:-1].unsqueeze(1), ends.diff().unsqueeze(1)
    at = torch.arange(int(lengths.max()), device=ends.device).unsqueeze(0)
    index = read_index[(starts + at).clamp_(max=len(read_index) - 1)].reshape(-1)
    mask = torch.zeros(at.shape[1], dtype=dtype, device=ends.device).where(at < lengths, -torch.inf).to(dtype)
    return _Reading(index, mask[:, None, None, :])
