"""What both evaluations of a run measure on; made once, by the base model, so that the figures compare."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from pydantic import TypeAdapter

from distill.config import Evaluation
from distill.evaluation.ends import ended
from distill.evaluation.english import english_answers
from distill.evaluation.watched import WATCHED, watched_prompts
from distill.policy_model.forward import adapter_off, end_tokens, evaluating
from distill.policy_model.likelihood import Completion
from distill.selection.groups import Group, primary_language
from distill.tlpo.guarded import clean_groups
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
        ended: clean answers to all of these prompts that ended by themselves, each with the token that ended it.
    """

    held_out: tuple[Group, ...]
    prompts: tuple[Group, ...]
    clean: tuple[Completion, ...]
    english: tuple[Completion, ...]
    seed: int = 0
    watched: tuple[Group, ...] = ()
    ended: tuple[Completion, ...] = ()

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

    Raises:
        ConfigurationError: the file of the operator's prompts cannot be used.
    """
    prompts = _prompts(held_out, settings.prompts_per_language)
    asked = [*prompts, *watched_prompts(tokenizer, settings)]
    longest = max(
        settings.max_new_tokens, settings.watched_tokens, settings.ended_tokens * bool(settings.ended_answers)
    )
    with evaluating(model):
        with adapter_off(model):
            answers = list(clean_groups(model, asked, rules_of, longest, temperature, seed, with_end=True))
        english = english_answers(model, tokenizer, settings.max_new_tokens)
    ends = end_tokens(model)
    own = [_begun(answer, settings.max_new_tokens, ends) for answer in answers if answer.request_id != WATCHED]
    watched = [_begun(answer, settings.watched_tokens, ends) for answer in answers if answer.request_id == WATCHED]
    return Yardstick(
        held_out=tuple(held_out),
        prompts=tuple(prompts),
        clean=tuple(map(Completion.of, own)),
        english=tuple(english),
        seed=seed,
        watched=tuple(sorted(watched, key=lambda answer: answer.language)),
        ended=ended(answers, ends, settings.ended_answers),
    )


def _begun(answer: Group, most: int, ends: frozenset[int]) -> Group:
    """The first tokens of an answer, without the one that ends it."""
    whole = answer.ids[:-1] if answer.ids[-1] in ends else answer.ids
    ids = whole[: answer.prompt_length + most]
    return replace(answer, ids=ids, points=tuple(range(answer.prompt_length - 1, len(ids) - 1)))


def _prompts(held_out: Sequence[Group], most: int) -> list[Group]:
    """One group for each distinct prompt, the first ones of each language, its regions together."""
    by_language: defaultdict[str, dict[tuple[int, ...], Group]] = defaultdict(dict)
    for group in held_out:
        by_language[primary_language(group.language)].setdefault(group.ids[: group.prompt_length], group)
    return [group for by_prompt in by_language.values() for group in list(by_prompt.values())[:most]]
