"""A model's own confusion points, for a training to be timed on: where it might have drifted, along answers that do not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from benchmarks.prompts import training_prompts
from distill.config import DistillConfig
from distill.policy_model.answers import chat_ids
from distill.policy_model.forward import evaluating, rows_at_points
from distill.selection.groups import Group
from distill.tlpo.anchors import Anchor
from distill.tlpo.exploration import drifting_mass
from distill.tlpo.guarded import clean_groups
from distill.tlpo.rewards import RulesOf

__all__ = ["Material", "make_material"]

_LANGUAGES = ("ko", "ru")
_TOKENS = 48
_BATCH = 8
_LEAST = 0.02  # probability of drifting, of a point


@dataclass(frozen=True, slots=True)
class Material:
    """What a training learns from, and the answers that hold it to the base model."""

    groups: tuple[Group, ...]
    anchors: tuple[Anchor, ...]

    @property
    def points(self) -> int:
        """Confusion points."""
        return sum(len(group.points) for group in self.groups)


def make_material(model: Any, tokenizer: Any, rules_of: RulesOf, config: DistillConfig, prompts: int) -> Material:
    """Answers with drifting tokens kept out, as a guarded server gives them, and their places at which drifting is likely.

    Args:
        model: whose adapter changes nothing yet.
        config: whose anchors and temperature are taken.
        prompts: in each of two languages.
    """
    asked = list[Group]()
    for language in _LANGUAGES:
        for prompt in training_prompts(language)[:prompts]:
            ids = chat_ids(tokenizer, prompt)
            asked.append(Group(f"{language}-{len(asked)}", ids, len(ids), (), language, allow_english=False))
    temperature = config.evaluation.temperature
    with evaluating(model):
        groups = list(clean_groups(model, asked, rules_of, _TOKENS, temperature, config.seed))
        pointed = _pointed(model, groups, rules_of, config.training.temperature)
    answers = map(Anchor.of, groups)
    anchors = [replace(answer, ids=answer.ids[: config.anchors.max_new_tokens]) for answer in answers]
    return Material(tuple(pointed), tuple(anchors))


@torch.no_grad()
def _pointed(model: Any, groups: Sequence[Group], rules_of: RulesOf, temperature: float) -> list[Group]:
    """The groups with the points at which drifting is not improbable; without those that have none."""
    found = []
    for start in range(0, len(groups), _BATCH):
        batch = groups[start : start + _BATCH]
        probs = (rows_at_points(model, batch) / temperature).softmax(dim=-1)
        mass, _ = drifting_mass(probs, batch, rules_of)
        drifts = torch.split(mass > _LEAST, [len(group.points) for group in batch])
        for group, here in zip(batch, drifts, strict=True):
            points = tuple(point for point, yes in zip(group.points, here.tolist(), strict=True) if yes)
            if points:
                found.append(replace(group, points=points, ids=group.ids[: points[-1] + 1]))
    return found
