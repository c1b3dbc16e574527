"""How far a model is drawn to what an answer has said already, without sampling: what loops begin with."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from benchmarks.quality.ability.likelihoods import Items
from distill.policy_model.forward import evaluating
from distill.policy_model.likelihood import Completion, answer_logits, batches

__all__ = ["mass_that_repeats", "repeating_tokens"]

_N = 4
_TEMPERATURE = 0.6  # at which answers are sampled


def repeating_tokens(ids: Sequence[int], n: int = _N) -> dict[int, list[int]]:
    """By place in an answer: the tokens that would make the n-gram ending there one that it holds already.

    Places at which the answer's own token does so are left out: there it repeats itself whatever the model is drawn to.
    """
    followed: dict[tuple[int, ...], set[int]] = defaultdict(set)
    found = {}
    for place in range(n - 1, len(ids)):
        behind = followed[tuple(ids[place - n + 1 : place])]
        if behind and ids[place] not in behind:
            found[place] = sorted(behind)
        behind.add(ids[place])
    return found


@torch.no_grad()
def mass_that_repeats(model: Any, texts: Mapping[str, Mapping[str, Completion]]) -> Items:
    """The probability of `repeating_tokens` at the temperature of sampling, a mean over their places, 0 to 1; by language and id.

    Texts without such places have no value.
    """
    return {language: _of_language(model, by_id) for language, by_id in texts.items()}


def _of_language(model: Any, by_id: Mapping[str, Completion]) -> dict[str, list[float]]:
    names, completions, found = list(by_id), list(by_id.values()), dict[str, list[float]]()
    with evaluating(model):
        for chosen in batches(completions):
            batch = [completions[i] for i in chosen]
            probs = torch.cat([(logits / _TEMPERATURE).softmax(dim=-1) for logits, _ in answer_logits(model, batch)])
            for i, rows in zip(chosen, probs.split([len(c.ids) for c in batch]), strict=True):
                places = repeating_tokens(completions[i].ids)
                if places:
                    masses = [float(rows[place, tokens].sum()) for place, tokens in places.items()]
                    found[names[i]] = [sum(masses) / len(masses)]
    return found
