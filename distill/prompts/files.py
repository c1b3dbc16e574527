"""Files of prompts: one a line, as JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.languages.tags import language

__all__ = ["FilePrompt", "read_prompts"]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    role: Annotated[str, StringConstraints(pattern="^(system|user|assistant)$")]
    content: Text


class FilePrompt(BaseModel):
    """A line of a file of prompts; further keys are for the reader.

    Attributes:
        messages: with `prompt`, a user's only message, as their short form.
        language: that the answer is expected in, BCP-47.
        strict: whether English in the answer is confusion, too.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    messages: Annotated[list[_Message], Field(min_length=1)]
    language: Text
    strict: bool = False

    @model_validator(mode="before")
    @classmethod
    def _written_out(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "prompt" not in data:
            return data
        if "messages" in data:
            raise ValueError("it has both `prompt` and `messages`")
        return {**data, "messages": [{"role": "user", "content": data["prompt"]}]}

    def ids(self, tokenizer: Any, template_options: Mapping[str, Any]) -> tuple[int, ...]:
        """Its tokens, ready to be answered."""
        from distill.policy_model.answers import chat_ids  # torch, which a file can be read without

        return chat_ids(tokenizer, [message.model_dump() for message in self.messages], **template_options)

    @field_validator("language")
    @classmethod
    def _known(cls, tag: str) -> str:
        try:
            return language(tag).tag
        except ConfigurationError as exc:
            raise ValueError(str(exc)) from exc


def read_prompts(file: Path) -> Mapping[str, Sequence[FilePrompt]]:
    """The prompts of a JSONL file, by language.

    Raises:
        ConfigurationError: names the line that holds no prompt, or the file that cannot be read or is empty.
    """
    by_language: dict[str, list[FilePrompt]] = {}
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{file} cannot be read ({exc}); name a JSONL file of prompts") from exc
    for number, line in enumerate(lines, 1):
        if line.strip():
            prompt = _prompt(line, f"{file}, line {number}")
            by_language.setdefault(prompt.language, []).append(prompt)
    if not by_language:
        raise ConfigurationError(f"{file} holds no prompts; write one on each line")
    return by_language


def _prompt(line: str, where: str) -> FilePrompt:
    try:
        return FilePrompt.model_validate(json.loads(line))
    except ValidationError as exc:
        problems = [
            f"{'.'.join(map(str, error['loc'])) or 'the line'}: {error['msg'].removeprefix('Value error, ')}"
            for error in exc.errors()
        ]
        reason = "; ".join(problems)
    except ValueError as exc:
        reason = f"no JSON ({exc})"
    raise ConfigurationError(f"{where}: {reason}; a prompt needs `prompt` or `messages`, and `language`")
