"""Attention on a CPU whose backward pass is a few matrix products.

torch's fused attention is fast forwards; its backward pass over short sequences in bfloat16 takes ten times as long as the
products that it is made of. Heads that share a key lie behind one another in front of it here;
transformers copies the key for each.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

__all__ = ["CPU_ATTENTION", "attend_on_cpu"]

CPU_ATTENTION = "tlpo_guard_cpu"
_LONGEST = 384  # keys; beyond, the weights of all pairs outgrow the caches, and torch's own backward pass is as fast


def attend_on_cpu(model: Any) -> None:
    """Let a model on a CPU that attends by "sdpa" attend so."""
    if model.device.type == "cpu" and model.config._attn_implementation == "sdpa":
        AttentionInterface.register(CPU_ATTENTION, _attention)
        AttentionMaskInterface.register(CPU_ATTENTION, sdpa_mask)
        model.set_attn_implementation(CPU_ATTENTION)


def _attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    is_causal: bool | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """As transformers calls it: query [B, heads, Q, D], key and value [B, fewer heads, T, D]; [B, Q, heads, D] comes back."""
    if not torch.is_grad_enabled() or dropout or key.shape[2] > _LONGEST:
        given = {"dropout": dropout, "scaling": scaling, "is_causal": is_causal, **kwargs}
        return sdpa_attention_forward(module, query, key, value, attention_mask, **given)
    batch, heads, length, size = query.shape
    shared = heads // key.shape[1]
    if attention_mask is None and length > 1 and is_causal is not False:
        attention_mask = torch.ones(length, key.shape[2], dtype=torch.bool).tril(key.shape[2] - length)[None, None]
    folded = query.reshape(batch, key.shape[1], shared * length, size)
    mask = attention_mask if attention_mask is None else attention_mask.repeat(1, 1, shared, 1)
    apply: Any = _Attention.apply
    out = apply(folded, key, value, mask, 1.0 / math.sqrt(size) if scaling is None else scaling)
    return out.view(batch, heads, length, size).transpose(1, 2), None


class _Attention(torch.autograd.Function):
    """query [B, H, Q, D], key and value [B, H, T, D], mask bool [B or 1, 1, Q, T] or None."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        query, key, value, mask, scale = given
        ctx.save_for_backward(query, key, value, mask)
        ctx.scale = scale
        return functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        (grad,) = grads
        query, key, value, mask = ctx.saved_tensors
        scores = torch.matmul(query, key.transpose(-1, -2)).float().mul_(ctx.scale)
        if mask is not None:
            scores = scores.masked_fill_(~mask, -math.inf) if mask.dtype == torch.bool else scores.add_(mask)
        weights = scores.softmax(dim=-1)
        at_weights = torch.matmul(grad, value.transpose(-1, -2)).float()
        low = weights.to(query.dtype)
        at_scores = at_weights.sub_((weights * at_weights).sum(dim=-1, keepdim=True)).mul_(weights).mul_(ctx.scale)
        at_scores = at_scores.to(query.dtype)
        return (
            torch.matmul(at_scores, key),
            torch.matmul(at_scores.transpose(-1, -2), query),
            torch.matmul(low.transpose(-1, -2), grad),
            None,
            None,
        )
