"""The points of a run that has no log: those in a model's own answers to a file of prompts, as in the TLPO paper."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from distill import config
from distill.policy_model.forward import evaluating
from distill.prompts.files import FilePrompt, read_prompts
from distill.selection.groups import Group, is_held_out
from distill.selection.selected import Selected
from distill.tlpo.rewards import RulesOf
from distill.tlpo.rollouts import answers_to, pointed
from tlpo_guard.errors import ConfigurationError

__all__ = ["points_of_prompts"]

_CLEAN, _TOO_LONG = "answers without confusion", "too long"


def points_of_prompts(model: Any, tokenizer: Any, rules_of: RulesOf, settings: config.DistillConfig) -> Selected:
    """The first drifts of answers to the prompts of a file; a share of the prompts is held out.

    Args:
        settings: `rollouts` names the file, and how it is answered.

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
    with evaluating(model):
        answers = answers_to(model, fitting, rollouts, settings.seed)
    found = [pointed(rules_of, *pair) for pair in answers]
    points = [group for group in found if group is not None]
    sides: tuple[list[Group], list[Group]] = ([], [])
    for group in points:
        sides[is_held_out(group.request_id, settings.selection.held_out_share)].append(group)
    dropped = {_CLEAN: len(found) - len(points), _TOO_LONG: len(asked) - len(fitting)}
    return Selected(*sides, len(answers), {reason: count for reason, count in dropped.items() if count}, ())


def _groups(
    prompts: Sequence[FilePrompt], tag: str, tokenizer: Any, template_options: Mapping[str, Any]
) -> Iterator[Group]:
    for prompt in prompts:
        ids = prompt.ids(tokenizer, template_options)
        name = hashlib.blake2b(repr((tag, ids)).encode(), digest_size=8).hexdigest()
        yield Group(name, ids, len(ids), (), tag, allow_english=not prompt.strict)
