"""Whether answers belong to their prompts."""

from collections.abc import Sequence
from typing import Any

from distill.policy_model.forward import adapter_off
from distill.policy_model.likelihood import Completion, logprobs

__all__ = ["relevance"]


def relevance(model: Any, answers: Sequence[Completion], shuffled: int = 2) -> list[float]:
    """How much each answer belongs to its prompt: its mean log-probability after its own prompt, less that after other prompts of
    the list, nats a token (a pointwise mutual information). The base model tells, for it knows nothing of a training.

    Args:
        model: its adapter is switched off for this.
        answers: in one language, more than `shuffled`.
        shuffled: prompts of others that each answer is put behind.
    """
    count = len(answers)
    with adapter_off(model):
        own = [float(row.mean()) for row in logprobs(model, answers)]
        others = [0.0] * count
        for step in range(1, shuffled + 1):
            away = step * count // (shuffled + 1)
            behind = [Completion(answers[(i + away) % count].prompt_ids, a.ids) for i, a in enumerate(answers)]
            for i, row in enumerate(logprobs(model, behind)):
                others[i] += float(row.mean()) / shuffled
    return [a - b for a, b in zip(own, others, strict=True)]
