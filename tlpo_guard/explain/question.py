"""What is to be explained."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.intent.message import Message, conversation_of
from tlpo_guard.languages.tags import languages

__all__ = ["Question", "question_of"]


@dataclass(frozen=True, slots=True)
class Question:
    """A conversation, and perhaps an answer to it.

    Attributes:
        messages: oldest first.
        completion: the answer; empty for none.
        languages: BCP-47 tags that the answer is expected in; empty for those that the conversation tells.
        allow_english: Latin letters in an answer in another script are neutral.
    """

    messages: tuple[Message, ...]
    completion: str = ""
    languages: tuple[str, ...] = ()
    allow_english: bool = True


def question_of(row: Mapping[str, Any]) -> Question:
    """The question of a record: `messages`, `prompt` or a `language` without them; perhaps `completion`, `allow_english`.

    Raises:
        ValueError: the record holds none; the message says why.
    """
    completion = row.get("completion")
    if completion is not None and not isinstance(completion, str):
        raise ValueError("`completion` must be a string")
    allow_english = row.get("allow_english")
    if allow_english is not None and not isinstance(allow_english, bool):
        raise ValueError("`allow_english` must be true or false")
    answer = (completion or "").encode("utf-8", "replace").decode()  # JSON may bring halves of surrogate pairs
    return Question(_messages(row), answer, _languages(row.get("language")), allow_english is not False)


def _messages(row: Mapping[str, Any]) -> tuple[Message, ...]:
    if ("messages" in row) == ("prompt" in row):
        if row.get("language") and "prompt" not in row:
            return ()
        raise ValueError("an object needs either `messages` or `prompt`, or a `language` without them")
    return conversation_of(row)


def _languages(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, str):
        raise ValueError("`language` must be a string, such as ko or en,hi")
    try:
        return languages(value)
    except UnknownLanguageError as exc:
        raise ValueError(f"`language`: {exc}") from exc
