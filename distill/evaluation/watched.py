"""Prompts that the operator owns: they watch languages in which nobody who can be trusted has events.

The base model answers them once, with drifting tokens kept out. How much of its probability a model loses to other languages
along these answers, and how likely they are to it, is measured before and after: no client has a part in it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from distill.config import Evaluation
from distill.policy_model.answers import chat_ids
from distill.selection.groups import Group
from distill.tlpo.guarded import clean_answers
from distill.tlpo.rewards import RulesOf
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.languages.tags import language

__all__ = ["WatchedPrompt", "read_prompts", "watched_answers"]

BUILT_IN = Path(__file__).with_name("prompts.jsonl")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    role: Annotated[str, StringConstraints(pattern="^(system|user|assistant)$")]
    content: Text


class WatchedPrompt(BaseModel):
    """A line of a file of prompts; further keys are for the reader.

    Attributes:
        messages: with `prompt`, a user's only message, as their short form.
        language: that the answer is expected in, BCP-47.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    messages: Annotated[list[_Message], Field(min_length=1)]
    language: Text

    @model_validator(mode="before")
    @classmethod
    def _written_out(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "prompt" not in data:
            return data
        if "messages" in data:
            raise ValueError("it has both `prompt` and `messages`")
        return {**data, "messages": [{"role": "user", "content": data["prompt"]}]}

    @field_validator("language")
    @classmethod
    def _known(cls, tag: str) -> str:
        try:
            return language(tag).tag
        except ConfigurationError as exc:
            raise ValueError(str(exc)) from exc


def read_prompts(path: Path | None) -> Mapping[str, Sequence[WatchedPrompt]]:
    """The prompts of a JSONL file, by language; those of this package without one.

    Raises:
        ConfigurationError: names the line that holds no prompt, or the file that cannot be read or is empty.
    """
    file = path or BUILT_IN
    by_language: dict[str, list[WatchedPrompt]] = {}
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{file} cannot be read ({exc}); evaluation.prompts must name a JSONL file") from exc
    for number, line in enumerate(lines, 1):
        if line.strip():
            prompt = _prompt(line, f"{file}, line {number}")
            by_language.setdefault(prompt.language, []).append(prompt)
    if not by_language:
        raise ConfigurationError(f"{file} holds no prompts; write one on each line, or leave evaluation.prompts out")
    return by_language


def _prompt(line: str, where: str) -> WatchedPrompt:
    try:
        return WatchedPrompt.model_validate(json.loads(line))
    except ValidationError as exc:
        problems = [
            f"{'.'.join(map(str, error['loc'])) or 'the line'}: {error['msg'].removeprefix('Value error, ')}"
            for error in exc.errors()
        ]
        reason = "; ".join(problems)
    except ValueError as exc:
        reason = f"no JSON ({exc})"
    raise ConfigurationError(f"{where}: {reason}; a prompt needs `prompt` or `messages`, and `language`")


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
        for tag, prompts in read_prompts(settings.prompts).items():
            for prompt in prompts[: settings.watched_per_language]:
                ids = chat_ids(tokenizer, [message.model_dump() for message in prompt.messages])
                asked[tag, ids] = Group("watched", ids, len(ids), (len(ids) - 1,), tag, allow_english=False)
    answers = []
    for tag in dict.fromkeys(tag for tag, _ in asked):
        groups = [group for (of_tag, _), group in asked.items() if of_tag == tag]
        for answer in clean_answers(model, groups, rules_of, settings.watched_tokens, temperature, seed):
            ids, start = answer.prompt_ids + answer.ids, len(answer.prompt_ids)
            answers.append(
                replace(asked[tag, answer.prompt_ids], ids=ids, points=tuple(range(start - 1, len(ids) - 1)))
            )
    return tuple(answers)
