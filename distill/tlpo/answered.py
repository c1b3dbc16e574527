"""The points of a run that has no log: those in a model's own answers to a file of prompts, as in the TLPO paper."""

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from distill import config
from distill.policy_model.forward import evaluating
from distill.prompts.files import FilePrompt, read_prompts
from distill.selection.groups import Group, is_held_out
from distill.selection.selected import Selected
from distill.tlpo.rewards import RulesOf
from distill.tlpo.rollouts import answers_to, pointed
from tlpo_guard.errors import ConfigurationError

__all__ = ["Found", "first_drifts", "in_order", "points_of_prompts"]

_CLEAN, _TOO_LONG = "answers without confusion", "too long"
# Prompts that are answered together: few, so that devices get about as many each; the paper's 8 answers to each fill a batch.
_BLOCK = 16

Found = list[Group | None]
"""The first drift of each answer, as a point; None where it keeps to its language."""


def points_of_prompts(
    model: Any,
    tokenizer: Any,
    rules_of: RulesOf,
    settings: config.DistillConfig,
    find: Callable[[list[Group]], Found] | None = None,
) -> Selected:
    """The first drifts of answers to the prompts of a file; a share of the prompts is held out.

    Args:
        settings: `rollouts` names the file, and how it is answered.
        find: has prompts (groups without points) answered; None has this process answer them all.

    Raises:
        ConfigurationError: the file cannot be used.
    """
    rollouts = settings.rollouts
    if rollouts.file is None:
        raise ConfigurationError("rollouts.file names no file of prompts")
    asked = [
        group
        for tag, prompts in read_prompts(rollouts.file).items()
        for group in _groups(prompts, tag, tokenizer, rollouts.template_options)
    ]
    fitting = [group for group in asked if len(group.ids) + rollouts.max_new_tokens <= settings.selection.max_tokens]
    found = find(fitting) if find else in_order([first_drifts(model, rules_of, fitting, settings)])
    points = [group for group in found if group is not None]
    sides: tuple[list[Group], list[Group]] = ([], [])
    for group in points:
        sides[is_held_out(group.request_id, settings.selection.held_out_share)].append(group)
    dropped = {_CLEAN: len(found) - len(points), _TOO_LONG: len(asked) - len(fitting)}
    return Selected(*sides, len(found), {reason: count for reason, count in dropped.items() if count}, ())


def first_drifts(
    model: Any,
    rules_of: RulesOf,
    prompts: Sequence[Group],
    settings: config.DistillConfig,
    share: tuple[int, int] = (0, 1),
) -> list[Found]:
    """Of answers to a process's share of the prompts, block by block: one to all prompts of a block, then others.

    What a block draws does not depend on who answers it.

    Args:
        prompts: of all processes.
        share: index of this process among those that answer together, and their number.
    """
    blocks = [prompts[start : start + _BLOCK] for start in range(0, len(prompts), _BLOCK)]
    found = []
    index, processes = share
    with evaluating(model):
        for number in range(index, len(blocks), processes):
            seed = random.Random(f"{settings.seed} {number}").getrandbits(63)
            answers = answers_to(model, blocks[number], settings.rollouts, seed)
            found.append([pointed(rules_of, *pair) for pair in answers])
    return found


def in_order(shares: Sequence[Sequence[Found]]) -> Found:
    """What all processes found in their shares, in the order of the blocks."""
    turns = zip_longest(*shares, fillvalue=[])
    return [point for turn in turns for block in turn for point in block]


def _groups(
    prompts: Sequence[FilePrompt], tag: str, tokenizer: Any, template_options: Mapping[str, Any]
) -> Iterator[Group]:
    for prompt in prompts:
        ids = prompt.ids(tokenizer, template_options)
        name = hashlib.blake2b(repr((tag, ids)).encode(), digest_size=8).hexdigest()
        yield Group(name, ids, len(ids), (), tag, allow_english=not prompt.strict)
