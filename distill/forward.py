"""Forward passes that turn only the rows wanted into logits."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache

from distill.points import Group

__all__ = ["decode", "head_logits", "pad", "rows_at_points"]


def pad(sequences: Sequence[Sequence[int]], device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Right-pad token ids.

    Returns:
        ids: int64 [B, T], zeros past each end.
        lengths: int64 [B].
    """
    lengths = torch.tensor([len(s) for s in sequences], device=device)
    ids = torch.zeros(len(sequences), int(lengths.max()), dtype=torch.long, device=device)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.tensor(sequence, device=device)
    return ids, lengths


def _causal_lm(model: Any) -> Any:
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def decode(model: Any, ids: Tensor, **options: Any) -> Any:
    """The decoder without its head: hidden states and, with `use_cache`, the cache.

    Args:
        model: a causal language model, with or without an adapter.
        ids: int64 [B, Q].
        options: for the decoder's forward: attention_mask, position_ids, past_key_values, use_cache.
    """
    return _causal_lm(model).get_decoder()(input_ids=ids, **options)


def head_logits(model: Any, hidden: Tensor) -> Tensor:
    """Logits of hidden states, with the scaling and capping that some families apply after the head.

    Args:
        hidden: [N, hidden size] in the model's dtype.

    Returns:
        float32 [N, V].
    """
    causal = _causal_lm(model)
    config = causal.config.get_text_config()
    logits: Tensor = causal.get_output_embeddings()(hidden).float()
    if (divisor := getattr(config, "logits_scaling", None)) is not None:
        logits = logits / divisor
    if (factor := getattr(config, "logit_scale", None)) is not None:
        logits = logits * factor
    if (cap := getattr(config, "final_logit_softcapping", None)) is not None:
        logits = torch.tanh(logits / cap) * cap
    return logits


def point_index(batch: Sequence[Group], device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Where the points of a batch lie: row of the batch and index in its sequence; int64 [P] each."""
    rows = [row for row, group in enumerate(batch) for _ in group.points]
    at = [point for group in batch for point in group.points]
    return torch.tensor(rows, device=device, dtype=torch.long), torch.tensor(at, device=device, dtype=torch.long)


def rows_at_points(model: Any, batch: Sequence[Group], *, cache: DynamicCache | None = None) -> Tensor:
    """One forward over right-padded sequences, and the logits at their confusion points.

    Args:
        batch: groups with P points in all.
        cache: an empty cache to fill; without one nothing is kept.

    Returns:
        float32 [P, V], points in the order of the batch; with gradient where it is enabled.
    """
    device = _causal_lm(model).device
    ids, lengths = pad([group.ids for group in batch], device)
    mask = torch.arange(ids.shape[1], device=device) < lengths[:, None]
    hidden = decode(
        model, ids, attention_mask=mask.long(), past_key_values=cache, use_cache=cache is not None
    ).last_hidden_state
    rows, at = point_index(batch, device)
    return head_logits(model, hidden[rows, at])
