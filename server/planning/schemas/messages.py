"""The messages of a conversation."""

from typing import Annotated, Any, Literal

from pydantic import Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from server.planning.schemas.base import Integer, Strict, Text, by_shape, refusal, text_or_array
from server.planning.schemas.functions import MOST_TOOLS, FunctionName

__all__ = ["MOST_MESSAGES", "Content", "Message", "TextPart", "ToolCall"]

MOST_MESSAGES = 4096
_TEXT_PARTS = ("text", "input_text", "output_text")

CacheControl = Annotated[dict[str, Any], Field(max_length=8)]
"""Hints of some clients about what to keep; prefixes are cached without them."""


Notes = Annotated[dict[str, Any], Field(max_length=64)]
"""What LiteLLM notes in the messages that it gives back; not read."""


class TextPart(Strict):
    """One text part of a message."""

    type: Literal["text", "input_text", "output_text"]
    text: Text
    annotations: list[Any] | None = None
    logprobs: list[Any] | None = None
    parsed: Any = None
    cache_control: CacheControl | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, data: Any) -> Any:
        kind = data.get("type") if isinstance(data, dict) else None
        if isinstance(kind, str) and kind not in _TEXT_PARTS:
            message = "{kind} parts are not supported; this server reads text parts"
            raise PydanticCustomError("unsupported_part", message, {"kind": kind[:40]})
        return data


class RefusalPart(Strict):
    """One part of an assistant's message that says why there is no answer."""

    type: Literal["refusal"]
    refusal: Text

    @property
    def text(self) -> str:
        """What it says."""
        return self.refusal


def _part(value: Any) -> str:
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return "~refusal" if kind == "refusal" else "~text"


Part = Annotated[
    Annotated[TextPart, Tag("~text")] | Annotated[RefusalPart, Tag("~refusal")],
    by_shape("an object with a type", _part),
]


Content = Annotated[
    Annotated[Text, Tag("~string")] | Annotated[list[Part], Field(max_length=1024), Tag("~array")],
    by_shape("a string or an array of text parts", text_or_array),
]


class FunctionCall(Strict):
    """A call that the model made earlier."""

    name: FunctionName
    arguments: Text
    parsed_arguments: Any = None


class ToolCall(Strict):
    """A tool call in the conversation."""

    id: str = Field(max_length=128)
    type: Literal["function"] = "function"
    function: FunctionCall
    index: Integer | None = None
    provider_specific_fields: Notes | None = None


class Message(Strict):
    """One message of the conversation. The fields that the official clients' own messages have go in again."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Content | None = None
    name: str | None = Field(default=None, max_length=64)
    tool_calls: list[ToolCall] | None = Field(default=None, max_length=MOST_TOOLS)
    tool_call_id: str | None = Field(default=None, max_length=128)
    refusal: Text | None = None
    reasoning_content: Text | None = None
    reasoning: Text | None = None
    annotations: list[Any] | None = None
    parsed: Any = None
    cache_control: CacheControl | None = None
    provider_specific_fields: Notes | None = None

    @model_validator(mode="after")
    def _has_content(self) -> "Message":
        said = self.tool_calls or self.refusal is not None or self.thoughts is not None
        if self.content is None and not (self.role == "assistant" and said):
            raise refusal("content", "is missing")
        return self

    @property
    def thoughts(self) -> str | None:
        """What the assistant thought before it spoke, by either of the names that clients know."""
        return self.reasoning if self.reasoning_content is None else self.reasoning_content

    @property
    def text(self) -> str:
        """The message's text, its parts joined."""
        if self.content is None:
            return self.refusal or ""
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)
