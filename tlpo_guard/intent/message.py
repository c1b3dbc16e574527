"""A message of a conversation, as far as the expected language depends on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Message", "conversation_of", "message_of"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        role: `system`, `developer`, `user`, `assistant` or another, which is not read.
        text: its text.
    """

    role: str
    text: str


def message_of(raw: Mapping[str, Any]) -> Message:
    """A message in OpenAI's form; of a list of content parts the text parts count.

    Raises:
        ValueError: there is no role, or the content is neither a string, null nor a list of parts.
    """
    role, content = raw.get("role"), raw.get("content")
    if not isinstance(role, str):
        raise ValueError("a message needs a `role`, such as `user`")
    if content is None or isinstance(content, str):
        return Message(role, content or "")
    if isinstance(content, list) and all(isinstance(part, Mapping) for part in content):
        return Message(role, "\n".join(_texts(content)))
    raise ValueError(f"the content of a message must be a string or a list of parts, not {content!r:.60}")


def conversation_of(row: Mapping[str, Any]) -> tuple[Message, ...]:
    """The conversation of a record, oldest message first: its `messages`, or its `prompt` as one of the user.

    Raises:
        ValueError: they are of no such form; the message says what they must be.
    """
    if "messages" not in row:
        if not isinstance(row["prompt"], str):
            raise ValueError("`prompt` must be a string")
        return (Message("user", row["prompt"]),)
    messages = row["messages"]
    if not isinstance(messages, list) or not all(isinstance(message, Mapping) for message in messages):
        raise ValueError("`messages` must be a list of objects")
    return tuple(map(message_of, messages))


def _texts(parts: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return (part["text"] for part in parts if isinstance(part.get("text"), str))
