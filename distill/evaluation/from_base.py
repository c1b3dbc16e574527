"""How far a model is from its base along given answers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from distill.policy_model.forward import adapter_off, evaluating, is_base
from distill.policy_model.likelihood import Completion, answer_logits, batches

__all__ = ["Along", "change_from_base", "changes_from_base", "mean_change", "perplexity_along"]


@dataclass(frozen=True, slots=True)
class Along:
    """An answer's tokens, and sums over them.

    Attributes:
        kl: KL(base || model), nats.
        base, now: log-probability of the tokens under the base and the model, nats.
    """

    tokens: int
    kl: float
    base: float
    now: float


@torch.no_grad()
def changes_from_base(model: Any, completions: Sequence[Completion]) -> list[Along]:
    """Base and model along each answer, in order; one forward tells both where the model is its base."""
    found: dict[int, Along] = {}
    same = is_base(model)
    with evaluating(model):
        for chosen in batches(completions):
            batch = [completions[i] for i in chosen]
            with adapter_off(model):
                base = list(answer_logits(model, batch))
            parts = []
            for (before, targets), (after, _) in zip(base, base if same else answer_logits(model, batch), strict=True):
                reference, now = before.log_softmax(dim=-1), after.log_softmax(dim=-1)
                kl = (reference.exp() * (reference - now)).sum(dim=-1)
                chosen_logp = (logp.gather(1, targets[:, None])[:, 0] for logp in (reference, now))
                parts.append(torch.stack([kl, *chosen_logp]).double())
            lengths = [len(completion.ids) for completion in batch]
            for i, of_answer in zip(chosen, torch.split(torch.cat(parts, dim=1), lengths, dim=1), strict=True):
                found[i] = Along(of_answer.shape[1], *of_answer.sum(dim=1).tolist())
    return [found[i] for i in range(len(completions))]


def mean_change(along: Sequence[Along]) -> tuple[float, float]:
    """KL(base || model) and the change of the answers' log-probability, means over tokens, nats; NaN without answers."""
    tokens = sum(one.tokens for one in along)
    if not tokens:
        return math.nan, math.nan
    return sum(one.kl for one in along) / tokens, sum(one.now - one.base for one in along) / tokens


def perplexity_along(along: Sequence[Along]) -> float:
    """The model's perplexity of the answers, of which there is at least one."""
    nats = -sum(one.now for one in along) / sum(one.tokens for one in along)
    return float(torch.tensor(nats, dtype=torch.float64).exp())  # infinite where a number of Python's overflows


def change_from_base(model: Any, completions: Sequence[Completion]) -> tuple[float, float]:
    """What `mean_change` says of these answers."""
    return mean_change(changes_from_base(model, completions))
