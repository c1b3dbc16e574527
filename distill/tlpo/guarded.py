"""Answers with drifting tokens kept out, by the guard's own rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from distill.policy_model.answers import generate
from distill.policy_model.forward import end_tokens
from distill.policy_model.likelihood import Completion
from distill.selection.groups import Group
from distill.tlpo.rewards import LanguageRules, RulesOf
from tlpo_guard.generation.masking import masked_rows
from tlpo_guard.guard.device_masks import DeviceMasks
from tlpo_guard.guard.guard import Guard

__all__ = ["DriftMask", "clean_answers", "clean_groups"]

_BATCH = 16
_LOOK_BACK = 4  # tokens; the bytes that can be pending are three, and hardly any token is empty


class DriftMask:
    """Logits processor for one call of `model.generate`: masks what drifts or breaks a character, by the guard's own rule.

    It never waits for the device. A row that would have nothing left stays as it is.

    Args:
        guard: over the model's vocabulary.
        rules: of each row.
        answers: what each row has answered so far, as token ids; it ends the row's prompt.
        prompt_width: length of the padded prompts, tokens.
        words: also mask tokens that begin a word of another language.
    """

    def __init__(
        self,
        guard: Guard,
        rules: Sequence[LanguageRules],
        answers: Sequence[Sequence[int]],
        prompt_width: int,
        *,
        words: bool = False,
    ) -> None:
        self._guard = guard
        self._rules = rules
        self._answers = answers
        self._width = prompt_width
        self._words = words
        self._rows: _Rows | None = None

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """The scores (float [rows, vocabulary]) of the next tokens after `input_ids` (int64 [rows, length]), masked."""
        rows = self._rows = self._rows or self._rows_on(scores.device)
        rows.masks.refresh()
        states = rows.masks.fold(torch.cat([rows.begun, input_ids[:, self._width :]], dim=1))
        blocked = rows.masks.blocked(rows.slots, states)
        if rows.foreign_words is not None:
            blocked |= rows.foreign_words
        return masked_rows(scores, blocked, rows.masks.breaks(states), rows.every, rows.every)[0]

    def _rows_on(self, device: torch.device) -> "_Rows":
        guard = self._guard
        begun = [[-1] * _LOOK_BACK + list(answer) for answer in self._answers]
        return _Rows(
            masks=DeviceMasks(guard.bank, device),
            slots=torch.from_numpy(guard.bank.slots([guard.detector.rules(r.policy) for r in self._rules])).to(device),
            begun=torch.tensor([ids[-_LOOK_BACK:] for ids in begun], device=device),
            every=torch.ones(len(begun), dtype=torch.bool, device=device),
            foreign_words=self._foreign_words(device) if self._words else None,
        )

    def _foreign_words(self, device: torch.device) -> Tensor:
        """Tokens that begin a word of another language; bool [rows, vocabulary]."""
        none = np.zeros(self._guard.detector.vocabulary.size, dtype=np.bool_)
        flags = [none if rules.foreign_words is None else rules.foreign_words for rules in self._rules]
        return torch.from_numpy(np.stack(flags)).to(device)


@dataclass(frozen=True, slots=True)
class _Rows:
    """What a mask needs of its rows, on the device.

    Attributes:
        slots: of their rules in the guard's bank; int64 [rows].
        begun: the last tokens of what they have answered before, -1 before an answer's first; int64 [rows, 4].
        every: all of them; bool [rows].
        foreign_words: tokens that begin a word of another language; bool [rows, vocabulary], None where these may stand.
    """

    masks: DeviceMasks
    slots: Tensor
    begun: Tensor
    every: Tensor
    foreign_words: Tensor | None


def clean_answers(
    model: Any,
    prompts: Sequence[Group],
    rules_of: RulesOf,
    max_new_tokens: int,
    temperature: float,
    seed: int,
    *,
    with_end: bool = False,
) -> list[Completion]:
    """Sampled answers with drifting tokens masked, up to where their words leave the language; without empty ones.

    Args:
        prompts: groups whose prompts are answered.
        rules_of: the drift rules of a group.
        seed: of the draws; the global generator is left as it was.
        with_end: whether those that ended by themselves have a token that ends them.
    """
    groups = clean_groups(model, prompts, rules_of, max_new_tokens, temperature, seed, with_end=with_end)
    return [Completion.of(group) for group in groups]


def clean_groups(
    model: Any,
    prompts: Sequence[Group],
    rules_of: RulesOf,
    max_new_tokens: int,
    temperature: float,
    seed: int,
    *,
    with_end: bool = False,
) -> Iterator[Group]:
    """What `clean_answers` gives, as the groups that were answered with all tokens of their answers as points.

    Prompts of any languages go together.
    """
    end = tuple(sorted(end_tokens(model))[:1]) if with_end else ()
    by_length = sorted(prompts, key=lambda group: group.prompt_length)
    for start in range(0, len(by_length), _BATCH):
        batch = by_length[start : start + _BATCH]
        prompt_ids = [group.ids[: group.prompt_length] for group in batch]
        rules = [rules_of(group) for group in batch]
        answers = generate(
            model,
            prompt_ids,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            seed=seed + start,
            batch_size=_BATCH,
            logits_processor=[DriftMask(rules_of.guard, rules, [()] * len(batch), max(map(len, prompt_ids)))],
        )
        for group, row_rules, prompt, answer in zip(batch, rules, prompt_ids, answers, strict=True):
            # The mask sees scripts only; where the words leave the language, what stands before them is still clean.
            clean = answer[: row_rules.first_drift(answer)]
            if clean:
                ids = prompt + clean + (end if len(clean) == len(answer) < max_new_tokens else ())
                yield replace(group, ids=ids, points=tuple(range(len(prompt) - 1, len(ids) - 1)))
