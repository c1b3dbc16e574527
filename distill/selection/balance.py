"""How often the points of rarer languages come, and which of a selection the steps of a run hold, or have held."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from distill.config import DistillConfig
from distill.selection.groups import Group
from distill.selection.selected import Cap, Selected

__all__ = ["held_by_run", "held_by_steps", "learnt_events", "repeats"]

_MEASURED = 32  # sequences that the gate wants, where there are so many


def repeats(groups: Sequence[Group]) -> Mapping[str, int]:
    """How often a language's groups come: where the commonest language has n times its points, sqrt(n) times (Conneau and Lample
    2019, section 3.1)."""
    points = _points(groups)
    most = max(points.values(), default=0)
    return {language: round(math.sqrt(most / count)) for language, count in points.items()}


def held_by_run(selected: Selected, config: DistillConfig) -> Selected:
    """What of a selection a run's steps hold; what they do not must not pass for learnt."""
    if config.rollouts.file is not None or config.rollouts.alone:
        return selected  # the points are of other answers, the groups their prompts
    points = config.training.max_steps * config.training.points_per_step
    return held_by_steps(selected, points, config.selection.held_out_share, config.seed)


def held_by_steps(selected: Selected, points: int, held_out_share: float, seed: int) -> Selected:
    """What so many points of training hold of a selection, the same share of each language, and what belongs to it to measure
    on; the rest is for the next run, which needs both.

    Args:
        points: of all steps together, repeated ones counted.
        held_out_share: of sequences, below 1.
        seed: of the draw.
    """
    often = repeats(selected.train)
    wanted = sum(often[language] * count for language, count in _points(selected.train).items())
    if wanted <= points:
        return selected
    share, dice = points / wanted, random.Random(seed)
    by_language: defaultdict[str, list[int]] = defaultdict(list)
    for i, group in enumerate(selected.train):
        by_language[group.language].append(i)
    drawn = [i for places in by_language.values() for i in dice.sample(places, math.ceil(len(places) * share))]
    train = _some(selected.train, drawn)
    belonging = len(train) * held_out_share / (1.0 - held_out_share)
    measured = math.ceil(max(len(selected.held_out) * share, min(_MEASURED, belonging)))
    most = len(selected.held_out)
    held_out = _some(selected.held_out, dice.sample(range(most), min(measured, most)))
    rest = len(selected.event_ids) - sum(len(group.event_ids) for group in (*train, *held_out))
    return replace(
        selected,
        train=train,
        held_out=held_out,
        capped=(Cap("max_steps", "left for the next run", rest), *selected.capped),
        left_out=selected.left_out + rest,
    )


def learnt_events(train: Sequence[Group], held_out: Sequence[Group], learnt: AbstractSet[str] | None) -> list[str]:
    """The events of a run that no later one needs, sorted: of what it trained on, and of the same share of what it measured on.

    Args:
        learnt: the events that the steps before the run was ended held; None for all.
    """
    used = [group for group in train if learnt is None or learnt >= set(group.event_ids)]
    measured = held_out[: math.ceil(len(held_out) * len(used) / max(len(train), 1))]
    return sorted({event_id for group in (*used, *measured) for event_id in group.event_ids})


def _some(groups: Sequence[Group], chosen: Sequence[int]) -> list[Group]:
    return [groups[i] for i in sorted(chosen)]


def _points(groups: Sequence[Group]) -> Counter[str]:
    points = Counter[str]()
    for group in groups:
        points[group.language] += len(group.points)
    return points
