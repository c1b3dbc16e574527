"""The messages of a conversation."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from server.planning.schemas.base import Strict, Text, refusal
from server.planning.schemas.functions import MOST_TOOLS

__all__ = ["MOST_MESSAGES", "Message", "TextPart", "ToolCall"]

MOST_MESSAGES = 4096


class TextPart(Strict):
    """One text part of a message."""

    type: Literal["text", "input_text", "output_text"]
    text: Text
    annotations: list[Any] | None = Field(default=None, max_length=0)
    logprobs: list[Any] | None = Field(default=None, max_length=0)


class FunctionCall(Strict):
    """A call that the model made earlier."""

    name: str = Field(min_length=1, max_length=64)
    arguments: Text


class ToolCall(Strict):
    """A tool call in the conversation."""

    id: str = Field(max_length=128)
    type: Literal["function"] = "function"
    function: FunctionCall


class Message(Strict):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Text | Annotated[list[TextPart], Field(max_length=1024)] | None = None
    name: str | None = Field(default=None, max_length=64)
    tool_calls: list[ToolCall] | None = Field(default=None, max_length=MOST_TOOLS)
    tool_call_id: str | None = Field(default=None, max_length=128)
    refusal: None = None

    @model_validator(mode="after")
    def _has_content(self) -> "Message":
        if self.content is None and not (self.role == "assistant" and self.tool_calls):
            raise refusal("messages.content", "content is missing")
        return self

    @property
    def text(self) -> str:
        """The message's text, its parts joined."""
        if self.content is None:
            return ""
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)
