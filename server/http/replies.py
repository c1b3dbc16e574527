"""What the endpoints answer, for the OpenAPI document and for its checks."""

from typing import Any, Literal

from pydantic import BaseModel

from server.http.errors import ErrorBody

__all__ = [
    "ChatReply",
    "CompletionReply",
    "HealthReply",
    "ModelList",
    "ReadyReply",
    "ResponseReply",
    "TokenizeReply",
    "VersionReply",
    "refusals",
]


class Usage(BaseModel):
    """Tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class GuardReply(BaseModel):
    """What the guard decided and did.

    Attributes:
        language: expected languages, with commas; null where unknown, and then nothing is guarded.
        stood_back: positions at which a drift was let pass.
    """

    language: str | None
    decided_by: str
    mode: str
    events: int
    rewinds: int
    stood_back: int
    deadline_exceeded: bool


class TopLogprob(BaseModel):
    """A token that was probable."""

    token: str
    bytes: list[int] | None
    logprob: float


class TokenLogprob(TopLogprob):
    """A token of the answer."""

    top_logprobs: list[TopLogprob]


class ChoiceLogprobs(BaseModel):
    """Log-probabilities of an answer's tokens."""

    content: list[TokenLogprob] | None
    refusal: None = None


class CalledFunction(BaseModel):
    """What is called."""

    name: str
    arguments: str


class ToolCallReply(BaseModel):
    """A call that the model made."""

    id: str
    type: Literal["function"]
    function: CalledFunction


class MessageReply(BaseModel):
    """The model's message."""

    role: Literal["assistant"]
    content: str | None
    refusal: None = None
    tool_calls: list[ToolCallReply] | None = None


class ChatChoice(BaseModel):
    """One answer."""

    index: int
    message: MessageReply
    logprobs: ChoiceLogprobs | None
    finish_reason: Literal["stop", "length", "tool_calls"]


class _Head(BaseModel):
    id: str
    created: int
    model: str
    system_fingerprint: str
    usage: Usage
    guard: GuardReply


class ChatReply(_Head):
    """`chat.completion`."""

    object: Literal["chat.completion"]
    choices: list[ChatChoice]


class LegacyLogprobs(BaseModel):
    """Log-probabilities as the legacy endpoint spells them."""

    tokens: list[str]
    token_logprobs: list[float]
    top_logprobs: list[dict[str, float]] | None
    text_offset: list[int]


class CompletionChoice(BaseModel):
    """One answer."""

    index: int
    text: str
    logprobs: LegacyLogprobs | None
    finish_reason: Literal["stop", "length"]


class CompletionReply(_Head):
    """`text_completion`."""

    object: Literal["text_completion"]
    choices: list[CompletionChoice]


class ResponseReply(BaseModel):
    """`response`."""

    id: str
    object: Literal["response"]
    created_at: int
    status: Literal["completed", "incomplete", "in_progress", "failed"]
    model: str
    output: list[dict[str, Any]]
    usage: dict[str, Any] | None
    guard: GuardReply | None
    error: dict[str, Any] | None
    incomplete_details: dict[str, Any] | None
    instructions: str | None
    max_output_tokens: int | None
    metadata: dict[str, str]
    parallel_tool_calls: bool
    previous_response_id: None
    store: Literal[False]
    temperature: float | None
    text: dict[str, Any]
    tool_choice: str
    tools: list[Any]
    top_p: float | None
    truncation: Literal["disabled"]
    user: str | None


class ModelCard(BaseModel):
    """A model or one of its adapter versions.

    Attributes:
        root: the model that a version belongs to.
        current: whether requests for the model get this version.
    """

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    root: str
    version: str
    current: bool


class ModelList(BaseModel):
    """What is served."""

    object: Literal["list"]
    data: list[ModelCard]


class TokenizeReply(BaseModel):
    """A text as the model sees it."""

    tokens: list[int]
    count: int
    max_model_len: int


class HealthReply(BaseModel):
    """How the server is."""

    status: str
    model: str
    adapter: str
    running: int
    waiting: int
    engine_rows: int
    engine_restarts: int
    guard_faults: int
    events_written: int
    events_dropped: int
    events_failed: int
    events_pending: int
    commit_failures: int
    swap_failures: int


class ReadyReply(BaseModel):
    """Whether requests should come here."""

    ready: bool
    reason: str | None


class VersionReply(BaseModel):
    """What runs."""

    version: str


_MEANINGS = {
    400: "The request cannot be served; `param` names the field.",
    401: "Wrong or missing API key.",
    404: "No such model or version.",
    409: "The adapter version cannot be served.",
    413: "The body is too large.",
    429: "No place in the line; come back after `Retry-After` seconds.",
    500: "The server failed.",
    503: "The server is about to stop, or its engine has stopped.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Documentation of an endpoint's errors."""
    return {status: {"model": ErrorBody, "description": _MEANINGS[status]} for status in statuses}
