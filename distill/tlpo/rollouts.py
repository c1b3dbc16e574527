"""On-policy rollouts, as in the TLPO paper: fresh answers to logged prompts, and the confusion points in them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from distill.config import RolloutSettings
from distill.policy_model.answers import several
from distill.policy_model.forward import evaluating
from distill.selection.groups import Group
from distill.tlpo.rewards import RulesOf

__all__ = ["RolloutSource", "answers_to", "pointed"]


class RolloutSource:
    """Answers the prompts of logged requests in turn; the first drift of an answer is its confusion point.

    Where fresh points are all that is trained on, those of a round are handed out over as many steps as they last; a run that
    goes on from a checkpoint begins with a round of its own.

    Args:
        groups: whose prompts are answered.
        rules_of: the drift rules of a group.
        settings: how many, how long, and at which temperature.
        points_per_step: most points that a step gets where it gets no others, of all processes together.
        seed: of the draws, which differ from round to round.
        share: index of this process among those that train together, and their number: each answers prompts of its own.
    """

    def __init__(
        self,
        groups: Sequence[Group],
        rules_of: RulesOf,
        settings: RolloutSettings,
        points_per_step: int,
        seed: int,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        index, processes = share
        prompts = list({(g.language, g.ids[: g.prompt_length]): g for g in groups}.values())
        self._prompts = prompts[index::processes] or prompts
        self._rules_of = rules_of
        self._settings = settings
        self._points_per_step = -(-points_per_step // processes)
        self._seed = seed
        self._round: int | None = None
        self._waiting: list[Group] = []

    def __call__(self, model: Any, step: int) -> list[Group]:
        """The points of a step, by the model as it is now, or as it was when their round began."""
        if not self._settings.alone:
            return self._answered(model, step)
        self._round = step if self._round is None else self._round
        rounds = -(-len(self._prompts) // self._settings.prompts)
        for _ in range(rounds):  # beyond that no prompt makes the model drift any more
            if len(self._waiting) >= self._points_per_step:
                break
            self._waiting += self._answered(model, self._round)
            self._round += 1
        taken = self._waiting[: self._points_per_step]
        self._waiting = self._waiting[self._points_per_step :]
        return taken

    def _answered(self, model: Any, number: int) -> list[Group]:
        settings = self._settings
        first = number * settings.prompts
        chosen = [self._prompts[i % len(self._prompts)] for i in range(first, first + settings.prompts)]
        chosen = list(dict.fromkeys(chosen))
        with evaluating(model):
            answered = answers_to(model, chosen, settings, self._seed * 1_000_003 + number)
        found = (pointed(self._rules_of, group, answer) for group, answer in answered)
        return [group for group in found if group is not None]


def answers_to(
    model: Any, groups: Sequence[Group], settings: RolloutSettings, seed: int
) -> list[tuple[Group, tuple[int, ...]]]:
    """Fresh answers to the groups' prompts, sampled, as many to each as the settings say: one to all, then others."""
    answers = several(
        model,
        [group.ids[: group.prompt_length] for group in groups],
        max(settings.per_prompt, 1),
        max_new_tokens=settings.max_new_tokens,
        temperature=settings.temperature,
        seed=seed,
    )
    return [pair for of_draw in zip(*answers, strict=True) for pair in zip(groups, of_draw, strict=True)]


def pointed(rules_of: RulesOf, group: Group, answer: tuple[int, ...]) -> Group | None:
    """The first drift of an answer to a group's prompt, as a point; None where it keeps to its language."""
    position = rules_of(group).first_drift(answer)
    if position is None:
        return None
    ids = group.ids[: group.prompt_length] + answer[:position]
    return replace(group, ids=ids, points=(len(ids) - 1,), event_ids=())
