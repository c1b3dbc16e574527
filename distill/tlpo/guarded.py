"""Answers with drifting tokens kept out, by the guard's own rule."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from distill.policy_model.answers import generate
from distill.policy_model.likelihood import Completion
from distill.selection.groups import Group
from distill.tlpo.rewards import LanguageRules, RulesOf
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.state import SequenceState

__all__ = ["DriftMask", "clean_answers"]

_BATCH = 16


class DriftMask:
    """Logits processor for one call of `model.generate`: masks what drifts or breaks a character, as the guard does.

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
        self._states = [guard.open(row_rules.policy) for row_rules in rules]
        for state, answer in zip(self._states, answers, strict=True):
            for token_id in answer:
                guard.advance(state, token_id)
        self._foreign_words = [row_rules.foreign_words if words else None for row_rules in rules]
        self._width = prompt_width

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """The scores (float [rows, vocabulary]) of the next tokens after `input_ids` (int64 [rows, length]), masked."""
        for column in input_ids[:, self._width :].T.tolist():
            for state, token_id in zip(self._states, column, strict=True):
                self._guard.advance(state, token_id)
        self._width = input_ids.shape[1]
        return _masked(self._guard, scores, self._states, self._foreign_words)


def _masked(guard: Guard, logits: Tensor, states: Sequence[SequenceState], further: Sequence[Any]) -> Tensor:
    """Rows without their drifting tokens; a row that would have nothing left stays as it is.

    Args:
        logits: float [rows, vocabulary]; not changed.
        further: tokens that are masked, too, of each row; bool [vocabulary], None for none.
    """
    rows = []
    for row, state, banned in zip(logits, states, further, strict=True):
        masked = guard.masked(row, state, spare_character=True) if state.guarded else row
        if masked is not None and banned is not None:
            masked = masked.masked_fill(torch.tensor(banned, device=row.device), -torch.inf)
        rows.append(row if masked is None or not bool(torch.isfinite(masked.amax())) else masked)
    return torch.stack(rows)


def clean_answers(
    model: Any, prompts: Sequence[Group], rules_of: RulesOf, max_new_tokens: int, temperature: float, seed: int
) -> list[Completion]:
    """Sampled answers with drifting tokens masked, up to where their words leave the language; without empty ones.

    Args:
        prompts: groups whose prompts are answered.
        rules_of: the drift rules of a group.
        seed: of the draws; the global generator is left as it was.
    """
    completions = []
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
        for row_rules, prompt, answer in zip(rules, prompt_ids, answers, strict=True):
            # The mask sees scripts only; where the words leave the language, what stands before them is still clean.
            clean = answer[: row_rules.first_drift(answer)]
            if clean:
                completions.append(Completion(prompt, clean))
    return completions
