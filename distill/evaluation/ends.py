"""Where the base model ended its answers, and whether a model still would.

Few sampled answers end within the length that an evaluation samples, so that their share tells little. How probable the end is
where the base has ended tells much, of a few answers that are never sampled again.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Any

import torch

from distill.policy_model.forward import causal_lm, end_tokens, evaluating, logits_at, pad
from distill.policy_model.likelihood import Completion, batches
from distill.selection.groups import Group

__all__ = ["end_probability", "ended"]

_LEAST = 8  # answers; fewer would let one of them decide


def ended(answers: Sequence[Group], ends: frozenset[int], most: int) -> tuple[Completion, ...]:
    """The answers that have a token that ends them, at most so many, languages in turn; none where they are fewer than 8."""
    by_language: defaultdict[str, list[Completion]] = defaultdict(list)
    for answer in answers:
        if answer.ids[-1] in ends and len(answer.ids) > answer.prompt_length + 1:
            by_language[answer.language].append(Completion.of(answer))
    in_turn = [one for one in chain.from_iterable(zip_longest(*by_language.values())) if one is not None]
    return tuple(in_turn[:most]) if len(in_turn) >= _LEAST else ()


@torch.no_grad()
def end_probability(model: Any, answers: Sequence[Completion]) -> float:
    """Mean probability of all tokens that end, where given answers ended, at temperature 1; 0 to 1.

    Args:
        answers: each with the token that ended it; at least one.
    """
    device = causal_lm(model).device
    ends = torch.tensor(sorted(end_tokens(model)), device=device)
    total = 0.0
    with evaluating(model):
        for chosen in batches(answers):
            ids, lengths = pad([answers[i].prompt_ids + answers[i].ids for i in chosen], device)
            rows = torch.arange(len(chosen), device=device)
            logits = logits_at(model, ids, rows, lengths - 2, use_cache=False)
            total += float(logits.float().softmax(dim=-1)[:, ends].sum(dtype=torch.float64))
    return total / len(answers)
