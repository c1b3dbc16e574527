"""Attention on a CPU whose backward pass is a few matrix products.

torch's fused attention is fast forwards; its backward pass over short sequences in bfloat16 takes ten times as long as the
products that it is made of. Heads that share a key lie behind one another in front of it here;
transformers copies the key for each.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

__all__ = ["CPU_ATTENTION", "LONGEST", "Attend", "attend_on_cpu", "attending", "attention_gradients"]

CPU_ATTENTION = "tlpo_guard_cpu"
LONGEST = 384  # keys; beyond, the weights of all pairs outgrow the caches, and torch's own backward pass is as fast

Attend = Callable[[nn.Module, Tensor, Tensor, Tensor, float], Tensor]
"""Called with the layer, query [L, heads, D], key and value [L, fewer heads, D] of a row of tokens, and the scale of the scores;
[L, heads, D] comes back."""

_attend: ContextVar[Attend | None] = ContextVar("attend", default=None)


def attend_on_cpu(model: Any) -> None:
    """Let a model on a CPU that attends by "sdpa" attend so."""
    if model.device.type == "cpu" and model.config._attn_implementation == "sdpa":
        AttentionInterface.register(CPU_ATTENTION, _attention)
        AttentionMaskInterface.register(CPU_ATTENTION, sdpa_mask)
        model.set_attn_implementation(CPU_ATTENTION)


@contextmanager
def attending(attend: Attend) -> Iterator[None]:
    """The layers' tokens attend so meanwhile, all of one row."""
    token = _attend.set(attend)
    try:
        yield
    finally:
        _attend.reset(token)


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
    scale = 1.0 / math.sqrt(query.shape[-1]) if scaling is None else scaling
    if attend := _attend.get():
        queries, keys, values = (x[0].transpose(0, 1) for x in (query, key, value))
        return attend(module, queries, keys, values, scale)[None], None
    if not torch.is_grad_enabled() or dropout or key.shape[2] > LONGEST:
        given = {"dropout": dropout, "scaling": scaling, "is_causal": is_causal, **kwargs}
        return sdpa_attention_forward(module, query, key, value, attention_mask, **given)
    batch, heads, length, size = query.shape
    shared = heads // key.shape[1]
    if attention_mask is None and length > 1 and is_causal is not False:
        attention_mask = torch.ones(length, key.shape[2], dtype=torch.bool).tril(key.shape[2] - length)[None, None]
    folded = query.reshape(batch, key.shape[1], shared * length, size)
    mask = attention_mask if attention_mask is None else attention_mask.repeat(1, 1, shared, 1)
    apply: Any = _Attention.apply
    out = apply(folded, key, value, mask, scale)
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
        query, key, value, mask = ctx.saved_tensors
        return *attention_gradients(query, key, value, mask, ctx.scale, grads[0]), None, None


def attention_gradients(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scale: float, grad: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Those of query [B, H, Q, D], key and value [B, H, T, D], of that of the output, which is as the query.

    Args:
        mask: what may be attended to, or what is added to the scores; [B or 1, 1, Q, T].
    """
    key, value, grad = (x.to(query.dtype) for x in (key, value, grad))  # under autocast they differ
    scores = torch.matmul(query, key.transpose(-1, -2)).mul_(scale)
    if mask is not None:
        scores = scores.masked_fill_(~mask, -math.inf) if mask.dtype == torch.bool else scores.add_(mask)
    weights = scores.softmax(dim=-1)
    at_weights = torch.matmul(grad, value.transpose(-1, -2))
    at_scores = torch._softmax_backward_data(at_weights, weights, -1, weights.dtype).mul_(scale)
    return (
        torch.matmul(at_scores, key),
        torch.matmul(at_scores.transpose(-1, -2), query),
        torch.matmul(weights.transpose(-1, -2), grad),
    )
