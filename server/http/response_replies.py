"""What `/v1/responses` answers: the response object and its items."""

from typing import Any, Literal

from server.http.replies import GuardReply, TokenLogprob
from server.http.wire import Reply

__all__ = [
    "CallItem",
    "IncompleteDetails",
    "InputTokensDetails",
    "ItemStatus",
    "MessageItem",
    "OutputItem",
    "OutputText",
    "OutputTokensDetails",
    "ReasoningItemReply",
    "ReasoningReply",
    "ReasoningText",
    "ResponseError",
    "ResponseReply",
    "ResponseStatus",
    "ResponseUsage",
    "TextReply",
]

ResponseStatus = Literal["completed", "incomplete", "in_progress", "failed"]
ItemStatus = Literal["in_progress", "completed", "incomplete"]


class OutputText(Reply):
    """The text of an answer."""

    type: Literal["output_text"]
    text: str
    annotations: list[Any]
    logprobs: list[TokenLogprob]


class MessageItem(Reply):
    """What the model says; its content is empty before it has begun."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    status: ItemStatus
    content: list[OutputText]


class CallItem(Reply):
    """A function that the model calls.

    Attributes:
        call_id: by which the call's output names it.
    """

    id: str
    type: Literal["function_call"]
    status: ItemStatus
    call_id: str
    name: str
    arguments: str


class ReasoningText(Reply):
    """Part of what the model thinks."""

    type: Literal["reasoning_text"]
    text: str


class ReasoningItemReply(Reply):
    """What the model thinks before it answers."""

    id: str
    type: Literal["reasoning"]
    status: ItemStatus
    summary: list[Any]
    content: list[ReasoningText]
    encrypted_content: None


OutputItem = MessageItem | CallItem | ReasoningItemReply


class InputTokensDetails(Reply):
    """Of a prompt's tokens."""

    cached_tokens: int
    cache_write_tokens: int


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

    code: Literal["server_error", "rate_limit_exceeded", "invalid_prompt"]
    message: str


class IncompleteDetails(Reply):
    """Why an answer is cut short."""

    reason: Literal["max_output_tokens"]


class TextReply(Reply):
    """The answer's form, as the request gave it."""

    format: dict[str, Any]
    verbosity: str


class ReasoningReply(Reply):
    """How the model may think, as the request gave it."""

    effort: str | None
    summary: str | None


class ResponseReply(Reply):
    """`response`.

    Attributes:
        tools: and `tool_choice`, as the request gave them.
        store: false, whatever the request says: nothing is stored.
        truncation: `disabled`, whatever the request says: a conversation that is too long is refused.
    """

    id: str
    object: Literal["response"]
    created_at: int
    completed_at: int | None
    status: ResponseStatus
    model: str
    output: list[OutputItem]
    usage: ResponseUsage | None
    guard: GuardReply | None
    error: ResponseError | None
    incomplete_details: IncompleteDetails | None
    instructions: str | None
    max_output_tokens: int | None
    max_tool_calls: int | None
    metadata: dict[str, str]
    parallel_tool_calls: bool
    temperature: float | None
    top_p: float | None
    top_logprobs: int
    text: TextReply
    reasoning: ReasoningReply
    tool_choice: str | dict[str, Any]
    tools: list[dict[str, Any]]
    truncation: Literal["disabled"]
    background: Literal[False]
    store: Literal[False]
    service_tier: Literal["default"]
    previous_response_id: None
    conversation: None
    prompt: None
    prompt_cache_key: str | None
    safety_identifier: str | None
    user: str | None
