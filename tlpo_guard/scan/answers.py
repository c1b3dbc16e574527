"""Answers to scan: from completions with or without a prompt, and from logs of an OpenAI-style endpoint."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tlpo_guard.intent.message import Message, conversation_of, message_of
from tlpo_guard.languages.tags import languages

__all__ = ["Answer", "answers"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer and what it answers.

    Attributes:
        text: the answer.
        messages: the conversation before it, oldest first; empty where none is known.
        languages: BCP-47 tags that the record itself names.
    """

    text: str
    messages: tuple[Message, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def prompt(self) -> str:
        """What the user wrote last."""
        return next((m.text for m in reversed(self.messages) if m.role == "user"), "")


def answers(row: Mapping[str, Any]) -> Iterator[Answer]:
    """The answers of one record.

    Args:
        row: `completion` with perhaps `prompt` or `messages`; or `messages` (or `prompt`) with `choices`, as an endpoint's log
            holds them, perhaps apart as `request` and `response`; or `messages` that end with an answer. `language` is one
            tag or several with commas.

    Raises:
        ValueError: the record holds no answer, or names a language that is not known; the message says why.
    """
    row = {**row, **_part(row, "request"), **_part(row, "response")}
    named = _languages(row.get("language"))
    messages = _conversation(row)
    if "completion" in row:
        yield Answer(_text(row["completion"], "completion"), messages, named)
    elif "choices" in row:
        for text in _choices(row["choices"]):
            yield Answer(text, messages, named)
    elif messages and messages[-1].role == "assistant":
        yield Answer(messages[-1].text, messages[:-1], named)
    else:
        raise ValueError("a record needs a `completion`, `choices`, or `messages` that end with an answer")


def _part(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = row.get(name)
    return part if isinstance(part, Mapping) else {}


def _languages(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return languages(value)
    raise ValueError("`language` must be a string")


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"`{name}` must be a string")
    return value


def _conversation(row: Mapping[str, Any]) -> tuple[Message, ...]:
    return conversation_of(row) if "messages" in row or row.get("prompt") is not None else ()


def _choices(choices: object) -> Iterator[str]:
    if not isinstance(choices, list) or not all(isinstance(choice, Mapping) for choice in choices):
        raise ValueError("`choices` must be a list of objects")
    for choice in choices:
        message = choice.get("message")
        if isinstance(message, Mapping):
            yield message_of({"role": "assistant", **message}).text
        elif isinstance(choice.get("text"), str):
            yield choice["text"]
        else:
            raise ValueError("a choice needs a `message` or a `text`")
