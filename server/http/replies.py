"""What `/v1/chat/completions` and `/v1/completions` answer."""

from typing import Literal

from server.http.wire import Reply

__all__ = [
    "CalledFunction",
    "CalledFunctionDelta",
    "ChatChoice",
    "ChatChunk",
    "ChatReply",
    "ChoiceLogprobs",
    "ChunkChoice",
    "ChunkDelta",
    "CompletionChoice",
    "CompletionChunk",
    "CompletionChunkChoice",
    "CompletionReply",
    "GuardReply",
    "LegacyLogprobs",
    "MessageReply",
    "PromptLogprob",
    "PromptLogprobs",
    "PromptTokensDetails",
    "TokenLogprob",
    "ToolCallDelta",
    "ToolCallReply",
    "TopLogprob",
    "Usage",
]


class PromptTokensDetails(Reply):
    """Tokens of the prompts that had been computed before."""

    cached_tokens: int


class CompletionTokensDetails(Reply):
    """What the tokens of answers are."""

    reasoning_tokens: int


class Usage(Reply):
    """Tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptTokensDetails
    completion_tokens_details: CompletionTokensDetails


class GuardReply(Reply):
    """What the guard decided and did.

    Attributes:
        language: expected languages, with commas; null where unknown, and then nothing is guarded.
        admitted: languages that may appear in the answer as words, names, examples and quotations.
        reasoning: whether the reasoning before an answer is guarded, too.
        stood_back: positions at which a drift was let pass.
    """

    language: str | None
    admitted: list[str]
    decided_by: str
    mode: str
    reasoning: bool
    events: int
    rewinds: int
    stood_back: int
    deadline_exceeded: bool


class TopLogprob(Reply):
    """A token that was probable."""

    token: str
    bytes: list[int] | None
    logprob: float


class TokenLogprob(TopLogprob):
    """A token of the answer."""

    top_logprobs: list[TopLogprob]


class ChoiceLogprobs(Reply):
    """Log-probabilities of an answer's tokens."""

    content: list[TokenLogprob] | None
    refusal: None = None


class CalledFunction(Reply):
    """What is called."""

    name: str
    arguments: str


class ToolCallReply(Reply):
    """A call that the model made."""

    id: str
    type: Literal["function"]
    function: CalledFunction


class MessageReply(Reply):
    """The model's message."""

    role: Literal["assistant"]
    content: str | None
    refusal: None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCallReply] | None = None


class ChatChoice(Reply):
    """One answer."""

    index: int
    message: MessageReply
    logprobs: ChoiceLogprobs | None
    finish_reason: Literal["stop", "length", "tool_calls"]
    stop_reason: str | int | None = None
    token_ids: list[int] | None = None


class PromptLogprob(Reply):
    """A token at a place of a prompt.

    Attributes:
        rank: 1 for the most probable token there.
    """

    logprob: float
    rank: int
    decoded_token: str


PromptLogprobs = dict[str, PromptLogprob]
"""The most probable tokens at a place, and the one that stands there, by their ids."""


class ChatReply(Reply):
    """`chat.completion`."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    system_fingerprint: str
    choices: list[ChatChoice]
    usage: Usage
    guard: GuardReply
    prompt_token_ids: list[int] | None = None
    prompt_logprobs: list[PromptLogprobs | None] | None = None


class CalledFunctionDelta(Reply):
    """What a chunk adds to a call: its name first, then its arguments."""

    name: str | None = None
    arguments: str


class ToolCallDelta(Reply):
    """Part of a call, in a stream; the first one has the id, the type and the name."""

    index: int
    id: str | None = None
    type: Literal["function"] | None = None
    function: CalledFunctionDelta


class ChunkDelta(Reply):
    """What a chunk adds to an answer."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCallDelta] | None = None


class ChunkChoice(Reply):
    """Part of one answer."""

    index: int
    delta: ChunkDelta
    logprobs: ChoiceLogprobs | None
    finish_reason: Literal["stop", "length", "tool_calls"] | None
    stop_reason: str | int | None = None
    token_ids: list[int] | None = None


class ChatChunk(Reply):
    """`chat.completion.chunk`, one event of a stream.

    Attributes:
        guard: in the last chunk of each answer, and beside the usage.
        usage: where `stream_options` asks for it: null but in the last chunk.
    """

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    system_fingerprint: str
    choices: list[ChunkChoice]
    guard: GuardReply | None = None
    usage: Usage | None = None


class LegacyLogprobs(Reply):
    """Log-probabilities as the legacy endpoint spells them; null for the first token of a prompt."""

    tokens: list[str]
    token_logprobs: list[float | None]
    top_logprobs: list[dict[str, float] | None]
    text_offset: list[int]


class CompletionChoice(Reply):
    """One answer."""

    index: int
    text: str
    logprobs: LegacyLogprobs | None
    finish_reason: Literal["stop", "length"]
    stop_reason: str | int | None = None
    token_ids: list[int] | None = None
    prompt_token_ids: list[int] | None = None
    prompt_logprobs: list[PromptLogprobs | None] | None = None


class CompletionReply(Reply):
    """`text_completion`."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    system_fingerprint: str
    choices: list[CompletionChoice]
    usage: Usage
    guard: GuardReply


class CompletionChunkChoice(Reply):
    """Part of one answer."""

    index: int
    text: str
    logprobs: LegacyLogprobs | None
    finish_reason: Literal["stop", "length"] | None
    stop_reason: str | int | None = None
    token_ids: list[int] | None = None


class CompletionChunk(Reply):
    """`text_completion`, one event of a stream; guard and usage as in a chat's chunks."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    system_fingerprint: str
    choices: list[CompletionChunkChoice]
    guard: GuardReply | None = None
    usage: Usage | None = None
