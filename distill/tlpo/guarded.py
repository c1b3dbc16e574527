"""Answers with drifting tokens kept out, by the guard's own rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from distill.policy_model.answers import several
from distill.policy_model.forward import end_tokens
from distill.selection.groups import Group
from distill.tlpo.rewards import LanguageRules, RulesOf
from tlpo_guard.generation.masking import masked_rows
from tlpo_guard.guard.device_masks import DeviceMasks
from tlpo_guard.guard.guard import Guard

__all__ = ["DriftMask", "clean_groups"]

_LOOK_BACK = 4  # tokens; the bytes that can be pending are three, and hardly any token is empty


class DriftMask:
    """A `LogitsRule` that masks what drifts or breaks a character, by the guard's own rule.

    It never waits for the device. A row that would have nothing left stays as it is.

    Args:
        guard: over the model's vocabulary.
        rules: of each prompt.
        answers: what each prompt has been answered already, as token ids; it ends the prompt.
        words: also mask tokens that begin a word of another language.
    """

    def __init__(
        self,
        guard: Guard,
        rules: Sequence[LanguageRules],
        answers: Sequence[Sequence[int]],
        *,
        words: bool = False,
    ) -> None:
        self._guard = guard
        self._rules = rules
        self._answers = answers
        self._words = words
        self._known: _Known | None = None

    def __call__(self, prompts: Tensor, written: Tensor, scores: Tensor) -> Tensor:
        """The scores (float [rows, V]) of the tokens behind `written` (int64 [rows, length]), masked."""
        known = self._known = self._known or self._on(scores.device)
        known.masks.refresh()
        states = known.masks.fold(torch.cat([known.begun[prompts], written[:, -_LOOK_BACK:]], dim=1))
        blocked = known.masks.blocked(known.slots[prompts], states)
        if known.foreign_words is not None:
            blocked |= known.foreign_words[prompts]
        every = torch.ones(len(prompts), dtype=torch.bool, device=scores.device)
        return masked_rows(scores, blocked, known.masks.breaks(states), every, every)[0]

    def _on(self, device: torch.device) -> "_Known":
        guard = self._guard
        begun = [[-1] * _LOOK_BACK + list(answer) for answer in self._answers]
        return _Known(
            masks=DeviceMasks(guard.bank, device),
            slots=torch.from_numpy(guard.bank.slots([guard.detector.rules(r.policy) for r in self._rules])).to(device),
            begun=torch.tensor([ids[-_LOOK_BACK:] for ids in begun], device=device),
            foreign_words=self._foreign_words(device) if self._words else None,
        )

    def _foreign_words(self, device: torch.device) -> Tensor:
        """Tokens that begin a word of another language; bool [prompts, V]."""
        none = np.zeros(self._guard.detector.vocabulary.size, dtype=np.bool_)
        flags = [none if rules.foreign_words is None else rules.foreign_words for rules in self._rules]
        return torch.from_numpy(np.stack(flags)).to(device)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a mask needs of its prompts, on the device.

    Attributes:
        slots: of their rules in the guard's bank; int64 [prompts].
        begun: the last tokens of what they have been answered before, -1 before an answer's first; int64 [prompts, 4].
        foreign_words: tokens that begin a word of another language; bool [prompts, V], None where these may stand.
    """

    masks: DeviceMasks
    slots: Tensor
    begun: Tensor
    foreign_words: Tensor | None


def clean_groups(
    model: Any,
    prompts: Sequence[Group],
    rules_of: RulesOf,
    max_new_tokens: int,
    temperature: float,
    seed: int,
    *,
    draws: int = 1,
    with_end: bool = False,
) -> Iterator[Group]:
    """Sampled answers with drifting tokens masked, up to where their words leave the language, as the groups that were answered
    with all tokens of their answers as points; without empty ones.

    Prompts of any languages go together.

    Args:
        prompts: groups whose prompts are answered.
        rules_of: the drift rules of a group.
        seed: of the draws; the global generator is left as it was.
        draws: answers to each prompt.
        with_end: whether those that ended by themselves have a token that ends them.
    """
    end = tuple(sorted(end_tokens(model))[:1]) if with_end else ()
    prompt_ids = [group.ids[: group.prompt_length] for group in prompts]
    rules = [rules_of(group) for group in prompts]
    answers = several(
        model,
        prompt_ids,
        draws,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        seed=seed,
        rule=DriftMask(rules_of.guard, rules, [()] * len(prompts)),
    )
    for group, row_rules, prompt, of_prompt in zip(prompts, rules, prompt_ids, answers, strict=True):
        for answer in of_prompt:
            # The mask sees scripts only; where the words leave the language, what stands before them is still clean.
            clean = answer[: row_rules.first_drift(answer)]
            if clean:
                ids = prompt + clean + (end if len(clean) == len(answer) < max_new_tokens else ())
                yield replace(group, ids=ids, points=tuple(range(len(prompt) - 1, len(ids) - 1)))
