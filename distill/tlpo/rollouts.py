"""On-policy rollouts, as in the TLPO paper: fresh answers to logged prompts, and the confusion points in them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from distill.config import RolloutSettings
from distill.policy_model.answers import generate
from distill.policy_model.forward import evaluating
from distill.selection.groups import Group
from distill.tlpo.rewards import RulesOf

__all__ = ["RolloutSource"]


class RolloutSource:
    """Answers the prompts of logged requests in turn; the first drift of an answer is its confusion point.

    Args:
        groups: whose prompts are answered.
        rules_of: the drift rules of a group.
        settings: how many, and how long.
        temperature: of the sampling policy.
        seed: of the draws, which differ from step to step.
    """

    def __init__(
        self, groups: Sequence[Group], rules_of: RulesOf, settings: RolloutSettings, temperature: float, seed: int
    ) -> None:
        self._prompts = list({(g.language, g.ids[: g.prompt_length]): g for g in groups}.values())
        self._rules_of = rules_of
        self._settings = settings
        self._temperature = temperature
        self._seed = seed

    def __call__(self, model: Any, step: int) -> list[Group]:
        """The confusion points of this step's answers, by the model as it is now."""
        settings = self._settings
        first = step * settings.prompts
        chosen = [self._prompts[i % len(self._prompts)] for i in range(first, first + settings.prompts)]
        chosen = list(dict.fromkeys(chosen)) * settings.per_prompt
        with evaluating(model):
            answers = generate(
                model,
                [g.ids[: g.prompt_length] for g in chosen],
                max_new_tokens=settings.max_new_tokens,
                temperature=self._temperature,
                seed=self._seed * 1_000_003 + step,
            )
        pointed = (self._pointed(group, answer) for group, answer in zip(chosen, answers, strict=True))
        return [group for group in pointed if group is not None]

    def _pointed(self, group: Group, answer: tuple[int, ...]) -> Group | None:
        position = self._rules_of(group).first_drift(answer)
        if position is None:
            return None
        ids = group.ids[: group.prompt_length] + answer[:position]
        return replace(group, ids=ids, points=(len(ids) - 1,), event_ids=())
