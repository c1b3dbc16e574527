"""What both evaluations of a run measure on; made once, by the base model, so that the figures compare."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from pydantic import TypeAdapter

from distill.config import Evaluation
from distill.evaluation.english import english_answers
from distill.evaluation.watched import watched_answers
from distill.policy_model.forward import adapter_off, evaluating
from distill.policy_model.likelihood import Completion
from distill.selection.groups import Group, primary_language
from distill.tlpo.guarded import clean_answers
from distill.tlpo.rewards import RulesOf

__all__ = ["Yardstick", "make_yardstick"]


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What is measured on.

    Attributes:
        held_out: groups whose points are measured.
        prompts: one group for each prompt that is answered.
        clean: answers to these prompts that stay in their language.
        english: English prompts and answers.
        seed: of the sampled answers.
        watched: clean answers to the operator's prompts; each token is a point.
    """

    held_out: tuple[Group, ...]
    prompts: tuple[Group, ...]
    clean: tuple[Completion, ...]
    english: tuple[Completion, ...]
    seed: int = 0
    watched: tuple[Group, ...] = ()

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
    """Clean answers to held-out prompts and to the operator's, and greedy English answers, all of the base model.

    Args:
        model: with or without an adapter, which is switched off for this.
        temperature: of the sampled answers, above 0.
        seed: of them; the global generator is left as it was.
    """
    prompts = _prompts(held_out, settings.prompts_per_language)
    with evaluating(model):
        with adapter_off(model):
            clean = clean_answers(model, prompts, rules_of, settings.max_new_tokens, temperature, seed)
            watched = watched_answers(model, tokenizer, rules_of, settings, temperature=temperature, seed=seed)
        english = english_answers(model, tokenizer, settings.max_new_tokens)
    return Yardstick(tuple(held_out), tuple(prompts), tuple(clean), tuple(english), seed, watched)


def _prompts(held_out: Sequence[Group], most: int) -> list[Group]:
    """One group for each distinct prompt, the first ones of each language, its regions together."""
    by_language: defaultdict[str, dict[tuple[int, ...], Group]] = defaultdict(dict)
    for group in held_out:
        by_language[primary_language(group.language)].setdefault(group.ids[: group.prompt_length], group)
    return [group for by_prompt in by_language.values() for group in list(by_prompt.values())[:most]]
