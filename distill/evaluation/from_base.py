"""How far a model is from its base along given answers."""

import math
from collections.abc import Sequence
from typing import Any

import torch

from distill.policy_model.forward import adapter_off, evaluating
from distill.policy_model.likelihood import Completion, answer_logits, batches

__all__ = ["change_from_base"]


@torch.no_grad()
def change_from_base(model: Any, completions: Sequence[Completion]) -> tuple[float, float]:
    """How far the model is from its base on given answers.

    Returns:
        KL(base || model) and the change of the answers' log-probability, means over tokens, nats; NaN without answers.
    """
    kl = change = 0.0
    tokens = sum(len(c.ids) for c in completions)
    if not tokens:
        return math.nan, math.nan
    with evaluating(model):
        for chosen in batches(completions):
            batch = [completions[i] for i in chosen]
            with adapter_off(model):
                base = list(answer_logits(model, batch))
            for (before, targets), (after, _) in zip(base, answer_logits(model, batch), strict=True):
                reference, now = before.log_softmax(dim=-1), after.log_softmax(dim=-1)
                kl += float((reference.exp() * (reference - now)).sum(dtype=torch.float64))
                change += float((now - reference).gather(1, targets[:, None]).sum(dtype=torch.float64))
    return kl / tokens, change / tokens
