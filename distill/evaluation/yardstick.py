"""What both evaluations of a run measure on; made once, by the base model, so that the figures compare."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from pydantic import TypeAdapter
from torch import Tensor

from distill.config import Evaluation
from distill.evaluation.english import english_answers
from distill.policy_model.forward import adapter_off, evaluating
from distill.policy_model.generation import generate
from distill.policy_model.likelihood import Completion
from distill.selection.points import Group
from distill.tlpo.rewards import RulesOf

__all__ = ["Yardstick", "clean_answers", "make_yardstick"]

_BATCH = 16


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What is measured on.

    Attributes:
        held_out: groups whose points are measured.
        prompts: one group for each prompt that is answered.
        clean: answers to these prompts that stay in their language.
        english: English prompts and answers.
        seed: of the sampled answers.
    """

    held_out: tuple[Group, ...]
    prompts: tuple[Group, ...]
    clean: tuple[Completion, ...]
    english: tuple[Completion, ...]
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        plain: dict[str, Any] = _YARDSTICK.dump_python(self, mode="json")
        return plain

    @classmethod
    def from_json(cls, plain: Any) -> "Yardstick":
        """What `to_json` gave.

        Raises:
            ValueError: it did not give this.
        """
        return _YARDSTICK.validate_python(plain)


_YARDSTICK = TypeAdapter(Yardstick)


@torch.no_grad()
def make_yardstick(
    model: Any,
    tokenizer: Any,
    held_out: Sequence[Group],
    rules_of: RulesOf,
    settings: Evaluation,
    *,
    temperature: float,
    seed: int,
) -> Yardstick:
    """Clean answers to held-out prompts and greedy English answers, all of the base model.

    Args:
        model: with or without an adapter, which is switched off for this.
        temperature: of the sampled answers, above 0.
        seed: of them; the global generator is left as it was.
    """
    prompts = _prompts(held_out, settings.prompts_per_language)
    with evaluating(model):
        with adapter_off(model):
            clean = clean_answers(model, prompts, rules_of, settings.max_new_tokens, temperature, seed)
        english = english_answers(model, tokenizer, settings.max_new_tokens)
    return Yardstick(tuple(held_out), tuple(prompts), tuple(clean), tuple(english), seed)


def _prompts(held_out: Sequence[Group], most: int) -> list[Group]:
    """One group for each distinct prompt, the first ones of each language."""
    by_language: defaultdict[str, dict[tuple[int, ...], Group]] = defaultdict(dict)
    for group in held_out:
        by_language[group.language].setdefault(group.ids[: group.prompt_length], group)
    return [group for found in by_language.values() for group in list(found.values())[:most]]


def clean_answers(
    model: Any, prompts: Sequence[Group], rules_of: RulesOf, max_new_tokens: int, temperature: float, seed: int
) -> list[Completion]:
    """Sampled answers with drifting tokens masked, up to where their words leave the language; without empty ones."""
    found = []
    ordered = sorted(prompts, key=lambda group: group.prompt_length)
    for start in range(0, len(ordered), _BATCH):
        batch = ordered[start : start + _BATCH]
        ids = [group.ids[: group.prompt_length] for group in batch]
        mask = _DriftMask(batch, rules_of, max(map(len, ids)))
        answers = generate(
            model,
            ids,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            seed=seed + start,
            batch_size=_BATCH,
            logits_processor=[mask],
        )
        for group, prompt, answer in zip(batch, ids, answers, strict=True):
            # The mask sees scripts only; where the words leave the language, what stands before them is still clean.
            kept = answer[: rules_of(group).first_drift(answer)]
            if kept:
                found.append(Completion(prompt, kept))
    return found


class _DriftMask:
    """Logits processor: no row may drift or break a character."""

    def __init__(self, groups: Sequence[Group], rules_of: RulesOf, prompt_width: int) -> None:
        self._rules = [rules_of(group) for group in groups]
        self._width = prompt_width

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        masked = scores.clone()
        for row, rules in enumerate(self._rules):
            before = input_ids[row, self._width :].tolist()
            banned = torch.tensor(rules.blocked(before) | rules.breaks(before), device=scores.device)
            if not bool(banned.all()):
                masked[row, banned] = -math.inf
        return masked
