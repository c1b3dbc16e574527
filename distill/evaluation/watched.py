"""Prompts that the operator owns: they watch languages in which nobody who can be trusted has events.

The base model answers them once, with drifting tokens kept out. How much of its probability a model loses to other languages
along these answers, and how likely they are to it, is measured before and after: no client has a part in it.
"""

from pathlib import Path
from typing import Any

from distill.config import Evaluation
from distill.prompts.files import read_prompts
from distill.selection.groups import Group
from distill.tlpo.guarded import clean_groups
from distill.tlpo.rewards import RulesOf

__all__ = ["BUILT_IN", "watched_answers"]

BUILT_IN = Path(__file__).with_name("prompts.jsonl")


def watched_answers(
    model: Any, tokenizer: Any, rules_of: RulesOf, settings: Evaluation, *, temperature: float, seed: int
) -> tuple[Group, ...]:
    """Clean answers of a model to the operator's prompts; each of their tokens is a point.

    Args:
        settings: `watched_per_language` prompts of each language are answered, the first ones; 0 for none.
        temperature: of the answers, above 0.

    Raises:
        ConfigurationError: the file of prompts cannot be used.
    """
    asked: dict[tuple[str, tuple[int, ...]], Group] = {}
    if settings.watched_per_language:
        for tag, prompts in read_prompts(settings.prompts or BUILT_IN).items():
            for prompt in prompts[: settings.watched_per_language]:
                ids = prompt.ids(tokenizer, {})
                asked[tag, ids] = Group("watched", ids, len(ids), (len(ids) - 1,), tag, allow_english=False)
    answers = clean_groups(model, list(asked.values()), rules_of, settings.watched_tokens, temperature, seed)
    return tuple(sorted(answers, key=lambda answer: answer.language))
