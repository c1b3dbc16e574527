"""Pairs of continuations at confusion points: one that stays in the language, one that leaves it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from distill.policy_model.answers import generate
from distill.policy_model.forward import end_tokens, evaluating
from distill.selection.groups import Group
from distill.tlpo.exploration import explore
from distill.tlpo.guarded import DriftMask
from distill.tlpo.rewards import RulesOf

__all__ = ["Pair", "pairs"]

_BATCH = 8  # sequences explored at once
_CONTINUED = 32  # completions at once


@dataclass(frozen=True, slots=True)
class Pair:
    """Two ways to go on at a confusion point, as token ids.

    Attributes:
        prompt_ids: everything up to the point, the answer so far included.
        chosen_ids: stays in the language.
        rejected_ids: leaves it.
    """

    prompt_ids: tuple[int, ...]
    chosen_ids: tuple[int, ...]
    rejected_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Fork:
    """A confusion point with the best candidate of each side."""

    group: Group
    clean: int
    drifting: int

    @property
    def before(self) -> tuple[int, ...]:
        """The answer up to the point."""
        return self.group.output_before(self.group.points[0])


def pairs(
    model: Any, groups: Sequence[Group], rules_of: RulesOf, *, temperature: float, max_new_tokens: int, seed: int
) -> list[Pair]:
    """A pair for every confusion point whose candidates have both rewards, in the order of the points.

    Rejected is the most probable drifting candidate as the model itself goes on; chosen is the most probable one that stays,
    going on with drifting tokens masked, as the guard would.

    Args:
        model: a causal language model, with or without an adapter; its pairs are of the policy as it is now.
        groups: whose points are paired.
        rules_of: the drift rules of a group.
        temperature: of the sampling policy.
        max_new_tokens: longest completion, candidate included; at least 1.
        seed: of the draws.
    """
    with evaluating(model):
        forks = [fork for part in _parts(groups) for fork in _forks(model, part, rules_of, temperature)]
        complete = partial(_completions, model, max_new_tokens=max_new_tokens, temperature=temperature)
        by_fork: dict[int, Pair] = {}
        by_length = sorted(range(len(forks)), key=lambda i: len(forks[i].group.ids))
        for number, start in enumerate(range(0, len(forks), _CONTINUED)):
            chosen = by_length[start : start + _CONTINUED]
            batch = [forks[i] for i in chosen]
            drawn = seed * 1_000_003 + 2 * number
            clean = complete(batch, [f.clean for f in batch], rules_of, seed=drawn)
            drifting = complete(batch, [f.drifting for f in batch], None, seed=drawn + 1)
            for i, fork, good, bad in zip(chosen, batch, clean, drifting, strict=True):
                by_fork[i] = Pair(fork.group.ids, good, bad)
    return [by_fork[i] for i in range(len(forks))]


def _parts(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """Batches of groups with at most so many points each, cut after the last one."""
    cut = (
        replace(group, ids=group.ids[: points[-1] + 1], points=points, event_ids=())
        for group in groups
        for points in (group.points[start : start + _BATCH] for start in range(0, len(group.points), _BATCH))
    )
    while part := list(islice(cut, _BATCH)):
        yield part


def _forks(model: Any, batch: Sequence[Group], rules_of: RulesOf, temperature: float) -> Iterator[_Fork]:
    explored = explore(model, batch, rules_of, temperature=temperature)
    single_points = [replace(group, ids=group.ids[: p + 1], points=(p,)) for group in batch for p in group.points]
    for group, ids, rewards in zip(
        single_points, explored.candidate_ids.tolist(), explored.rewards.tolist(), strict=True
    ):
        if 1.0 in rewards and -1.0 in rewards:  # best first
            yield _Fork(group, clean=ids[rewards.index(1.0)], drifting=ids[rewards.index(-1.0)])


def _completions(
    model: Any,
    forks: Sequence[_Fork],
    candidates: Sequence[int],
    guarded_by: RulesOf | None,
    *,
    max_new_tokens: int,
    temperature: float,
    seed: int,
) -> list[tuple[int, ...]]:
    """Each fork's candidate and what follows it, with the end token where the answer ends."""
    ends = end_tokens(model)
    completions: list[tuple[int, ...]] = [(token,) for token in candidates]
    going_on = [i for i, token in enumerate(candidates) if token not in ends and max_new_tokens > 1]
    if not going_on:
        return completions
    prompts = [(*forks[i].group.ids, candidates[i]) for i in going_on]
    mask = None
    if guarded_by is not None:
        answers = [(*forks[i].before, candidates[i]) for i in going_on]
        rules = [guarded_by(forks[i].group) for i in going_on]
        mask = DriftMask(guarded_by.guard, rules, answers, words=True)
    more = generate(
        model,
        prompts,
        max_new_tokens=max_new_tokens - 1,
        temperature=temperature,
        seed=seed,
        rule=mask,
    )
    for i, ids in zip(going_on, more, strict=True):
        ended = len(ids) < max_new_tokens - 1
        completions[i] = (candidates[i], *ids, *([min(ends)] if ended and ends else ()))
    return completions
