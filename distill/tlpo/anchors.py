"""What a distillation must leave as it is, as part of its loss: the base model's clean answers and its English ones.

The paper's KL sits at the candidates of confusion points alone. A LoRA adapter that is trained until the confusion is gone drifts
elsewhere, too; full KL over a few fixed answers (the replay of Ouyang et al. 2022, section 3.5, with the base model's
distribution in place of its text) keeps that in bounds.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from distill.config import Anchors
from distill.policy_model.answers import chat_ids, generate
from distill.policy_model.forward import adapter_off, causal_lm, evaluating, has_adapter, logits_at, pad
from distill.policy_model.likelihood import Completion
from distill.selection.groups import Group
from distill.tlpo.guarded import clean_answers
from distill.tlpo.rewards import RulesOf

__all__ = ["AnchorLoss", "make_anchors"]

_MOST_ROWS = 24  # positions of an answer that count in one step
_ENGLISH = (
    "What causes the seasons?",
    "Suggest a name for a cat.",
    "How does a bicycle stay upright?",
    "Describe a rainy morning in two sentences.",
    "What should I pack for a day at the beach?",
    "Explain supply and demand to a child.",
    "Who was Marie Curie?",
    "Give me three synonyms of happy.",
    "How can I remember names better?",
    "Write a Python loop that prints the even numbers up to ten.",
    "What is the capital of Australia, and how large is it?",
    "Is it healthy to skip breakfast?",
    "Write a short birthday wish for a colleague.",
    "What does photosynthesis produce?",
    "How do airplanes fly?",
    "Summarize the plot of Cinderella.",
)


def make_anchors(
    model: Any,
    tokenizer: Any,
    groups: Sequence[Group],
    rules_of: RulesOf,
    settings: Anchors,
    *,
    temperature: float,
    seed: int,
) -> list[Completion]:
    """Answers of the base model: clean ones to training prompts, balanced over the languages, and English ones."""
    if not settings.weight:
        return []
    prompts = _balanced(groups, settings.answers, random.Random(seed))
    english = [chat_ids(tokenizer, prompt) for prompt in _ENGLISH]
    with evaluating(model), adapter_off(model):
        clean = clean_answers(model, prompts, rules_of, settings.max_new_tokens, temperature, seed)
        answers = generate(model, english, max_new_tokens=settings.max_new_tokens, temperature=temperature, seed=seed)
    return clean + [Completion(p, a) for p, a in zip(english, answers, strict=True) if a]


def _balanced(groups: Sequence[Group], most: int, dice: random.Random) -> list[Group]:
    by_language: dict[str, dict[tuple[int, ...], Group]] = {}
    for group in groups:
        by_language.setdefault(group.language, {}).setdefault(group.ids[: group.prompt_length], group)
    each = -(-most // max(len(by_language), 1))
    chosen_groups = []
    for known in by_language.values():
        chosen = dice.sample(list(known.values()), min(each, len(known)))
        chosen_groups += [replace(group, points=()) for group in chosen]
    return chosen_groups


class AnchorLoss:
    """KL(base || policy) over a few anchors at a time, drawn anew for every batch.

    Args:
        completions: the anchors.
        settings: how many at a time, and what the KL counts for.
        seed: of the draws.
    """

    def __init__(self, completions: Sequence[Completion], settings: Anchors, seed: int) -> None:
        self._completions = list(completions)
        self._settings = settings
        self._seed = seed

    def __call__(self, model: Any, turn: int) -> Tensor:
        """The weighted KL, nats a token; a scalar with gradient.

        Args:
            turn: number of the batch, which decides which anchors it gets.

        Raises:
            ValueError: the model has no adapter whose absence is the base model.
        """
        if not has_adapter(model):
            raise ValueError("anchors hold an adapter to the base model below it, and this model has no adapter")
        dice = random.Random(f"{self._seed} {turn}")
        chosen = dice.sample(self._completions, min(self._settings.per_batch, len(self._completions)))
        places = [sorted(dice.sample(range(len(c.ids)), min(_MOST_ROWS, len(c.ids)))) for c in chosen]
        device = causal_lm(model).device
        ids, _ = pad([c.prompt_ids + c.ids for c in chosen], device)  # causal: no answer sees the padding behind it
        rows = torch.tensor([row for row, tokens in enumerate(places) for _ in tokens], device=device)
        positions = [len(c.prompt_ids) - 1 + i for c, tokens in zip(chosen, places, strict=True) for i in tokens]
        where = (rows, torch.tensor(positions, device=device))
        with torch.no_grad(), adapter_off(model), evaluating(model):
            base = logits_at(model, ids, *where, use_cache=False).float().log_softmax(dim=-1)
        now = logits_at(model, ids, *where, use_cache=False).float().log_softmax(dim=-1)
        kl: Tensor = (base.exp() * (base - now)).sum(dim=-1).mean()
        return self._settings.weight * kl
