"""What `/v1/responses` answers: the response object, and the typed events of its stream."""

from typing import Any, Literal

from server.http.replies import GuardReply
from server.http.wire import Reply

__all__ = [
    "IncompleteDetails",
    "InputTokensDetails",
    "ItemEvent",
    "OutputItem",
    "OutputText",
    "OutputTokensDetails",
    "PartEvent",
    "ResponseError",
    "ResponseEvent",
    "ResponseReply",
    "ResponseUsage",
    "StreamEvent",
    "TextDeltaEvent",
    "TextDoneEvent",
    "TextFormatReply",
]

Status = Literal["completed", "incomplete", "in_progress", "failed"]


class OutputText(Reply):
    """The text of an answer."""

    type: Literal["output_text"]
    text: str
    annotations: list[Any]
    logprobs: list[Any]


class OutputItem(Reply):
    """The answer; its content is empty before it has begun."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    status: Literal["in_progress", "completed", "incomplete"]
    content: list[OutputText]


class InputTokensDetails(Reply):
    """Of a prompt's tokens."""

    cached_tokens: int


class OutputTokensDetails(Reply):
    """Of an answer's tokens."""

    reasoning_tokens: int


class ResponseUsage(Reply):
    """Tokens."""

    input_tokens: int
    input_tokens_details: InputTokensDetails
    output_tokens: int
    output_tokens_details: OutputTokensDetails
    total_tokens: int


class ResponseError(Reply):
    """Why a response failed."""

    code: str
    message: str


class IncompleteDetails(Reply):
    """Why an answer is cut short."""

    reason: str


class TextFormatReply(Reply):
    """The answer's form, as the request gave it."""

    format: dict[str, Any]


class ResponseReply(Reply):
    """`response`."""

    id: str
    object: Literal["response"]
    created_at: int
    status: Status
    model: str
    output: list[OutputItem]
    usage: ResponseUsage | None
    guard: GuardReply | None
    error: ResponseError | None
    incomplete_details: IncompleteDetails | None
    instructions: str | None
    max_output_tokens: int | None
    metadata: dict[str, str]
    parallel_tool_calls: bool
    previous_response_id: None
    store: Literal[False]
    temperature: float | None
    text: TextFormatReply
    tool_choice: str
    tools: list[Any]
    top_p: float | None
    truncation: Literal["disabled"]
    user: str | None


class StreamEvent(Reply):
    """One event of a stream, with its place in it."""

    type: str
    sequence_number: int


class ResponseEvent(StreamEvent):
    """`response.created`, `.in_progress`, `.completed`, `.incomplete` and `.failed`."""

    response: ResponseReply


class ItemEvent(StreamEvent):
    """`response.output_item.added` and `.done`."""

    output_index: int
    item: OutputItem


class _ContentEvent(StreamEvent):
    item_id: str
    output_index: int
    content_index: int


class PartEvent(_ContentEvent):
    """`response.content_part.added` and `.done`."""

    part: OutputText


class TextDeltaEvent(_ContentEvent):
    """`response.output_text.delta`."""

    delta: str
    logprobs: list[Any]


class TextDoneEvent(_ContentEvent):
    """`response.output_text.done`."""

    text: str
    logprobs: list[Any]
