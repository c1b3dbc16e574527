"""Prompts that the operator owns: they watch languages in which nobody who can be trusted has events.

The base model answers them once, with drifting tokens kept out. How much of its probability a model loses to other languages
along these answers, and how likely they are to it, is measured before and after: no client has a part in it.
"""

from pathlib import Path
from typing import Any

from distill.config import Evaluation
from distill.prompts.files import read_prompts
from distill.selection.groups import Group

__all__ = ["BUILT_IN", "WATCHED", "watched_prompts"]

WATCHED = "watched"  # in place of a request's id
BUILT_IN = Path(__file__).with_name("prompts.jsonl")


def watched_prompts(tokenizer: Any, settings: Evaluation) -> list[Group]:
    """The operator's prompts, as groups without answers.

    Args:
        settings: `watched_per_language` prompts of each language are taken, the first ones; 0 for none.

    Raises:
        ConfigurationError: the file of prompts cannot be used.
    """
    asked: dict[tuple[str, tuple[int, ...]], Group] = {}
    if settings.watched_per_language:
        for tag, prompts in read_prompts(settings.prompts or BUILT_IN).items():
            for prompt in prompts[: settings.watched_per_language]:
                ids = prompt.ids(tokenizer, {})
                asked[tag, ids] = Group(WATCHED, ids, len(ids), (len(ids) - 1,), tag, allow_english=False)
    return list(asked.values())
