"""Whether a model can answer by `sample`, whose attention is ours."""

from collections.abc import MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

import torch

from distill.policy_model.cpu_attention import CPU_ATTENTION
from distill.policy_model.forward import causal_lm, evaluating
from distill.policy_model.sampling import next_logits
from distill.policy_model.windows import sees_all

__all__ = ["shares_keys"]

_KNOWN = ("sdpa", "eager", CPU_ATTENTION)
_PROMPTS, _TOKENS = ((0.1, 0.2, 0.3), (0.4, 0.5)), ((0.6, 0.7), (0.8, 0.9))  # shares of the vocabulary's size
_SAME = 0.1  # nats; rounding in bfloat16 makes about 0.005

_tried: MutableMapping[Any, bool] = WeakKeyDictionary()


def shares_keys(model: Any, longest: int) -> bool:
    """Whether `sample` gives the model's own answers and is the faster way to them.

    It was measured on CPUs alone. A model whose attention does what ours does not know (capped scores, sinks, states in place of
    keys) shows that at a trial: its logits behind a few tokens have to be those of plain forwards.

    Args:
        longest: tokens of a prompt and its answer together, at most.
    """
    inner = causal_lm(model)
    config = inner.config.get_text_config()
    if (
        inner.device.type != "cpu"
        or inner.config._attn_implementation not in _KNOWN
        or not sees_all(config, longest)
        or getattr(config, "attn_logit_softcapping", None)
    ):
        return False
    if inner not in _tried:
        _tried[inner] = _same_logits(model)
    return _tried[inner]


@torch.no_grad()
def _same_logits(model: Any) -> bool:
    size = causal_lm(model).config.get_text_config().vocab_size
    prompts, answers = ([[int(size * share) for share in row] for row in rows] for rows in (_PROMPTS, _TOKENS))
    with evaluating(model):
        whole = [[*prompt, token] for prompt, row in zip(prompts, answers, strict=True) for token in row]
        plain = torch.stack([model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1] for ids in whole])
        try:
            shared = next_logits(model, prompts, answers)
        except (AttributeError, IndexError, NotImplementedError, RuntimeError, TypeError, ValueError):
            return False
    expected, found = (logits.float().log_softmax(dim=-1) for logits in (plain, shared))
    return bool((expected.exp() * (expected - found)).sum(dim=-1).mean() < _SAME)
