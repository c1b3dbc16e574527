"""What a model would say at each place of texts that are given."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from distill.policy_model.forward import evaluating
from distill.policy_model.likelihood import Completion, answer_logits, batches

__all__ = ["probabilities_along"]

_TEMPERATURE = 0.6  # at which answers are sampled


def probabilities_along(model: Any, by_id: Mapping[str, Completion]) -> Iterator[tuple[str, Completion, Tensor]]:
    """Each text, and the probabilities of all tokens at all of its places at the temperature of sampling; float32 [tokens, V]."""
    names, completions = list(by_id), list(by_id.values())
    for chosen in batches(completions):
        batch = [completions[i] for i in chosen]
        with torch.no_grad(), evaluating(model):
            probs = torch.cat([(logits / _TEMPERATURE).softmax(dim=-1) for logits, _ in answer_logits(model, batch)])
        for i, rows in zip(chosen, probs.split([len(c.ids) for c in batch]), strict=True):
            yield names[i], completions[i], rows
