"""What all sequences of a batch begin with, run once: a chat template's system prompt, or an operator's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache

__all__ = ["repeat_prefix", "shared_prefix", "whole_forwards"]

_SAVED = 192  # tokens that must be saved; one more forward costs about as much as half of them

_whole: ContextVar[bool] = ContextVar("whole_forwards", default=False)


@contextmanager
def whole_forwards() -> Iterator[None]:
    """The forwards made meanwhile see all of their sequences at once."""
    token = _whole.set(True)
    try:
        yield
    finally:
        _whole.reset(token)


def shared_prefix(model: Any, ids: Tensor, positions: Tensor, options: dict[str, Any]) -> int:
    """Length of what all sequences of a batch begin with, where it pays to run that apart; else 0.

    Args:
        model: causal language model, inside of what adapts and distributes it.
        ids: int64 [B, T].
        positions: whose logits are wanted; none lies in the prefix.
        options: for the model's forward.
    """
    cache = options.get("past_key_values")
    begun = "position_ids" in options or (cache is not None and cache.get_seq_length() > 0)
    checkpoints = model.training and getattr(model, "is_gradient_checkpointing", False)
    if _whole.get() or begun or checkpoints or ids.device.type != "cpu" or not len(positions):
        return 0
    alike = (ids == ids[:1]).all(dim=0).long().cumprod(dim=0).sum()
    length = min(int(alike), int(positions.min()))
    return length if (len(ids) - 1) * length > _SAVED else 0


def repeat_prefix(cache: DynamicCache, rows: int) -> None:
    """Make what a cache holds of one sequence that of several; nothing is copied, and gradients add up."""
    layers: Any = cache.layers
    for layer in layers:
        layer.keys = layer.keys.expand(rows, *torch.Size(layer.keys.shape[1:]))
        layer.values = layer.values.expand(rows, *torch.Size(layer.values.shape[1:]))
