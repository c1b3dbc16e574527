"""The items of `input` in `/v1/responses`: messages, and what earlier responses brought."""

from typing import Annotated, Any, Literal, LiteralString

from pydantic import Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from server.planning.schemas.base import Strict, Text, by_shape
from server.planning.schemas.functions import FunctionName
from server.planning.schemas.messages import Content

__all__ = ["FunctionCallItem", "FunctionCallOutput", "InputItem", "InputMessage", "ReasoningItem"]

_KINDS = ("message", "function_call", "function_call_output", "reasoning")
_OTHERS: LiteralString = (
    "{kind} items are not supported; this server reads messages, function calls, their outputs and reasoning"
)
_UNREAD: dict[str, LiteralString] = {
    "item_reference": "{kind} items are not supported: responses are not stored; send the items themselves (store: false)"
}

Id = Annotated[str, Field(max_length=128)]
CallId = Annotated[str, Field(min_length=1, max_length=128)]
Status = Literal["in_progress", "completed", "incomplete"]


class InputMessage(Strict):
    """A message, by the client or of an earlier response."""

    type: Literal["message"] | None = None
    role: Literal["system", "developer", "user", "assistant"]
    content: Content
    id: Id | None = None
    status: Status | None = None
    phase: Literal["commentary", "final_answer"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_message(cls, data: Any) -> Any:
        kind = data.get("type") if isinstance(data, dict) else None
        if isinstance(kind, str) and kind not in _KINDS:
            raise PydanticCustomError("unsupported_part", _UNREAD.get(kind, _OTHERS), {"kind": kind[:40]})
        return data


class FunctionCallItem(Strict):
    """A call that the model made earlier."""

    type: Literal["function_call"]
    call_id: CallId
    name: FunctionName
    arguments: Text
    id: Id | None = None
    status: Status | None = None
    parsed_arguments: Any = None


class FunctionCallOutput(Strict):
    """What a call gave."""

    type: Literal["function_call_output"]
    call_id: CallId
    output: Content
    id: Id | None = None
    name: str | None = Field(default=None, max_length=64)
    status: Status | None = None


class SummaryPart(Strict):
    """Part of a summary of reasoning."""

    type: Literal["summary_text"]
    text: Text


class ReasoningPart(Strict):
    """Part of the reasoning itself."""

    type: Literal["reasoning_text"]
    text: Text


class ReasoningItem(Strict):
    """What the model thought earlier; what another server encrypted is not read."""

    type: Literal["reasoning"]
    id: Id | None = None
    summary: Annotated[list[SummaryPart], Field(max_length=1024)] | None = None
    content: Annotated[list[ReasoningPart], Field(max_length=1024)] | None = None
    encrypted_content: Text | None = None
    status: Status | None = None

    @property
    def text(self) -> str:
        """The reasoning; its summary where that is all there is."""
        return "".join(part.text for part in self.content or self.summary or ())


def _kind(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    kind = value.get("type")
    return f"~{kind}" if kind in _KINDS else "~message"


InputItem = Annotated[
    Annotated[InputMessage, Tag("~message")]
    | Annotated[FunctionCallItem, Tag("~function_call")]
    | Annotated[FunctionCallOutput, Tag("~function_call_output")]
    | Annotated[ReasoningItem, Tag("~reasoning")],
    by_shape("an object", _kind),
]
