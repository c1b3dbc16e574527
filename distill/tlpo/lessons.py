"""What a step learns from, sequence by sequence: the points that teach something, and the policy before the step at them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch
from torch import Tensor

from distill.policy_model.partial import Kept
from distill.selection.groups import Group
from distill.tlpo.exploration import Explored, differ

__all__ = ["Barred", "Lesson", "OldPolicy", "dealt", "explored_together", "kept_of", "lessons_of", "packed", "together"]

_TOKENS = 2048  # of contexts whose keys are kept at once
_POINTS = 64  # whose candidates are looked ahead from at once


@dataclass(frozen=True, slots=True)
class OldPolicy:
    """The policy before the step, at P points with K candidates: int64 [P, K], float32 [P, K] thrice, bool [P], float32 [P].

    With a tail (bool [P, V]), one more candidate that leaves the language, the three of float32 are [P, K + 1]. `kept` is
    what the forward over the sequences has left.
    """

    candidate_ids: Tensor
    logp: Tensor
    probs: Tensor
    rewards: Tensor
    keep: Tensor
    mass: Tensor
    tail: Tensor | None = None
    kept: Kept = field(default_factory=Kept)

    @classmethod
    def of(cls, explored: Explored, event_mass: float, kept: Kept) -> "OldPolicy":
        """What was explored; points with less confusion mass teach nothing."""
        logp, probs, rewards = explored.logp_old, explored.probs, explored.rewards
        if explored.tail is not None and explored.tail_logp is not None:
            one_more = explored.tail_logp.unsqueeze(-1)
            share = one_more.exp().where(explored.tail.any(dim=-1, keepdim=True), 0.0)
            logp, probs = torch.cat([logp, one_more], dim=-1), torch.cat([probs, share], dim=-1)
            rewards = torch.cat([rewards, torch.full_like(share, -1.0)], dim=-1)
        keep = differ(rewards) & (explored.confusion_mass >= event_mass)
        return cls(explored.candidate_ids, logp, probs, rewards, keep, explored.confusion_mass, explored.tail, kept)


@dataclass(frozen=True, slots=True)
class Barred:
    """The tokens that may not stand at P points, bool [P, V], where that is all that is learnt; `keep` and `mass` (bool and
    float32 [P]) and `kept` as of `OldPolicy`."""

    tokens: Tensor
    keep: Tensor
    mass: Tensor
    kept: Kept = field(default_factory=Kept)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A sequence up to the last of its points that teach something, and what is known at these."""

    group: Group
    old: OldPolicy | Barred


def lessons_of(groups: Sequence[Group], old: OldPolicy | Barred, *, at_least_one: bool = False) -> list[Lesson]:
    """The points that teach something, and their sequences as far as they are needed.

    Args:
        groups: with the points of `old`.
        at_least_one: whether one point stays where there are none, with nothing to learn: what distributes a model waits for its
            gradient.
    """
    teaches = old.keep.tolist()
    if at_least_one and not any(teaches):
        teaches[0] = True
    found, first = list[Lesson](), 0
    for row, group in enumerate(groups):
        places = [first + i for i in range(len(group.points)) if teaches[first + i]]
        points = tuple(group.points[place - first] for place in places)
        first += len(group.points)
        if points:
            short = replace(group, ids=group.ids[: points[-1] + 1], points=points)
            found.append(Lesson(short, _at(old, places, old.kept.only([row], len(short.ids)))))
    return found


def _at(old: OldPolicy | Barred, places: Sequence[int], kept: Kept) -> OldPolicy | Barred:
    """What is known at some of the points."""
    chosen = torch.tensor(places, device=old.keep.device, dtype=torch.long)
    values = {part.name: getattr(old, part.name) for part in fields(old)}
    at_points: dict[str, Any] = {name: value[chosen] for name, value in values.items() if isinstance(value, Tensor)}
    return replace(old, **at_points, kept=kept)


def kept_of(lessons: Sequence[Lesson]) -> Kept:
    """What forwards over several sequences have left."""
    return Kept.together([lesson.old.kept for lesson in lessons], max(len(lesson.group.ids) for lesson in lessons))


def together(lessons: Sequence[Lesson]) -> OldPolicy:
    """The policy at the points of several sequences that were explored, without what forwards have left."""
    parts = [lesson.old for lesson in lessons if isinstance(lesson.old, OldPolicy)]
    tails = [part.tail for part in parts if part.tail is not None]
    return OldPolicy(
        candidate_ids=torch.cat([part.candidate_ids for part in parts]),
        logp=torch.cat([part.logp for part in parts]),
        probs=torch.cat([part.probs for part in parts]),
        rewards=torch.cat([part.rewards for part in parts]),
        keep=torch.cat([part.keep for part in parts]),
        mass=torch.cat([part.mass for part in parts]),
        tail=torch.cat(tails) if tails else None,
    )


def packed(lessons: Sequence[Lesson], most: int, parts: int) -> list[list[Lesson]]:
    """The lessons by length in as few lists as may hold `most` each, and further lists that are empty."""
    ordered = sorted(lessons, key=lambda lesson: len(lesson.group.ids))
    full = min(-(-len(ordered) // most), parts)
    return [
        ordered[len(ordered) * n // full : len(ordered) * (n + 1) // full] if n < full else [] for n in range(parts)
    ]


def explored_together(groups: Sequence[Group], most: int, fitting: Sequence[Sequence[int]]) -> Iterator[list[Group]]:
    """Sequences that one forward explores.

    Nothing is kept for a gradient then, so that many short ones may go together, which the look-ahead gains by: its tokens are
    few for each.

    Args:
        groups: of a step.
        most: how many go together however long they are.
        fitting: indexes of those that go well through one forward, shortest first.
    """
    for chosen in fitting:
        batch, points = list[Group](), 0
        for group in (groups[i] for i in chosen):
            full = len(batch) >= most and (len(batch) + 1) * len(group.ids) > _TOKENS
            if batch and (full or points + len(group.points) > max(_POINTS, most)):
                yield batch
                batch, points = [], 0
            batch.append(group)
            points += len(group.points)
        yield batch


def dealt(turns: int, sequences: Sequence[int], most: int) -> list[list[int]]:
    """Turns of the anchors dealt out to the parts of a step: as many as there are parts, to those with few sequences first.

    Args:
        turns: their number.
        sequences: of each part.
        most: sequences that a part may hold. A turn counts for a third of that; every part may take one however full it is.
    """
    found: list[list[int]] = [[] for _ in sequences]
    room = [max(1, 1 + 3 * (most - count) // most) for count in sequences]
    order = sorted(range(len(sequences)), key=lambda part: sequences[part])
    left = iter(range(turns))
    for part in order:
        found[part] = [turn for _, turn in zip(range(room[part]), left, strict=False)]
    return found
