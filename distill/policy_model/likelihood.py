"""How likely given answers are; logits of a few answers at a time, for vocabularies reach 262 thousand."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor

from distill.policy_model.forward import causal_lm, evaluating, logits_at, pad
from distill.selection.groups import Group

__all__ = ["Completion", "answer_logits", "batches", "logprobs", "perplexity"]

_ANSWERS = 8  # in one forward
_ROWS = 64  # turned into float32 at once


@dataclass(frozen=True, slots=True)
class Completion:
    """Token ids of a prompt and of an answer to it; neither is empty."""

    prompt_ids: tuple[int, ...]
    ids: tuple[int, ...]

    @classmethod
    def of(cls, group: Group) -> Self:
        """The answer that a group holds behind its prompt."""
        return cls(group.ids[: group.prompt_length], group.ids[group.prompt_length :])


def batches(completions: Sequence[Completion]) -> Iterator[list[int]]:
    """Indexes of the completions of one forward, those of like length together."""
    order = sorted(range(len(completions)), key=lambda i: len(completions[i].prompt_ids) + len(completions[i].ids))
    for start in range(0, len(order), _ANSWERS):
        yield order[start : start + _ANSWERS]


def answer_logits(model: Any, completions: Sequence[Completion]) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits that predict the answers' tokens in one forward, and these tokens, in pieces of at most 64 rows.

    Returns:
        float32 [N, V] and int64 [N] of each piece, in the order of the completions.
    """
    # Causal: an answer never sees the padding behind it.
    ids, _ = pad([c.prompt_ids + c.ids for c in completions], causal_lm(model).device)
    rows = torch.tensor([r for r, c in enumerate(completions) for _ in c.ids], device=ids.device)
    positions = torch.tensor(
        [len(c.prompt_ids) - 1 + i for c in completions for i in range(len(c.ids))], device=ids.device
    )
    targets = torch.tensor([t for c in completions for t in c.ids], device=ids.device)
    logits = logits_at(model, ids, rows, positions, use_cache=False)
    for piece, wanted in zip(torch.split(logits, _ROWS), torch.split(targets, _ROWS), strict=True):
        yield piece.float(), wanted


@torch.no_grad()
def logprobs(model: Any, completions: Sequence[Completion]) -> list[Tensor]:
    """Log-probabilities of each answer's tokens at temperature 1, nats; float32 [length] on the CPU, in order."""
    by_completion: list[Tensor] = [torch.empty(0)] * len(completions)
    with evaluating(model):
        for chosen in batches(completions):
            batch = [completions[i] for i in chosen]
            pieces = [
                logits.log_softmax(dim=-1).gather(1, targets[:, None]).squeeze(1)
                for logits, targets in answer_logits(model, batch)
            ]
            lengths = [len(c.ids) for c in batch]
            for i, logp in zip(chosen, torch.split(torch.cat(pieces).cpu(), lengths), strict=True):
                by_completion[i] = logp
    return by_completion


def perplexity(model: Any, completions: Sequence[Completion]) -> float:
    """exp of the mean negative log-probability of the answers' tokens, at temperature 1; NaN without any."""
    if not completions:
        return math.nan
    return float(torch.cat(logprobs(model, completions)).double().mean().neg().exp())
