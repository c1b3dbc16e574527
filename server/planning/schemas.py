"""Request bodies. What is not listed here is refused by name, never ignored; null is as if a field were absent."""

from typing import Annotated, Any, Literal, LiteralString

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from tlpo_guard.errors import ConfigurationError, UnknownLanguageError
from tlpo_guard.languages.scripts import script_code
from tlpo_guard.languages.tags import language
from tlpo_guard.policy import Mode

__all__ = [
    "MOST_MESSAGES",
    "ChatRequest",
    "CompletionRequest",
    "FunctionSpec",
    "GenerationRequest",
    "GuardOptions",
    "JsonObjectFormat",
    "JsonSchemaFormat",
    "Message",
    "NamedTool",
    "ResponsesRequest",
    "Strict",
    "Text",
    "TokenizeRequest",
    "Tool",
    "ToolCall",
    "refusal",
]

MOST_TOP_LOGPROBS = 20
MOST_TOOLS = 128
MOST_CHOICES = 128
MOST_PROMPTS = 64
MOST_STOPS = 16
MOST_MESSAGES = 4096

TokenIds = list[Annotated[int, Field(ge=0, lt=2**31)]]
Probability = Annotated[float, Field(gt=0.0, le=1.0)]
Penalty = Annotated[float, Field(ge=-2.0, le=2.0)]
Positive = Annotated[int, Field(ge=1, lt=2**31)]
Text = Annotated[str, Field(max_length=2**22)]


def refusal(param: str, message: LiteralString) -> PydanticCustomError:
    """What is wrong between fields, with the one to name."""
    return PydanticCustomError("value_error", message, {"param": param})


class Strict(BaseModel):
    """A body, or a part of one, that knows all its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class GuardOptions(Strict):
    """The request's own policy; what is absent comes from the key's or the server's settings."""

    mode: Mode | None = None
    languages: list[str] | None = Field(default=None, max_length=16)
    allow_english: bool | None = None
    allow_hanja: bool | None = None
    scripts: list[str] | None = Field(default=None, max_length=16)
    reasoning: bool | None = None

    @field_validator("languages")
    @classmethod
    def _known(cls, tags: list[str] | None) -> list[str] | None:
        try:
            return None if tags is None else [language(tag).tag for tag in tags]
        except UnknownLanguageError as exc:
            raise ValueError(str(exc)) from exc

    @field_validator("scripts")
    @classmethod
    def _scripts(cls, codes: list[str] | None) -> list[str] | None:
        try:
            return None if codes is None else [script_code(code) for code in codes]
        except ConfigurationError as exc:
            raise ValueError(str(exc)) from exc


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


class StreamOptions(Strict):
    """What a stream brings besides the text."""

    include_usage: bool | None = None


class TextFormat(Strict):
    """Free text."""

    type: Literal["text"]


class JsonObjectFormat(Strict):
    """Any JSON object."""

    type: Literal["json_object"]


class NamedSchema(Strict):
    """A JSON schema with its name."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    strict: bool | None = None
    description: Text | None = None


class JsonSchemaFormat(Strict):
    """JSON that fits a schema."""

    type: Literal["json_schema"]
    json_schema: NamedSchema


ResponseFormat = Annotated[TextFormat | JsonObjectFormat | JsonSchemaFormat, Field(discriminator="type")]


class FunctionSpec(Strict):
    """A function that the model may call."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    description: Text | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(Strict):
    """A tool; functions are the only kind."""

    type: Literal["function"]
    function: FunctionSpec


class NamedFunction(Strict):
    """A function by its name."""

    name: str = Field(min_length=1, max_length=64)


class NamedTool(Strict):
    """The tool that has to be called."""

    type: Literal["function"]
    function: NamedFunction


class Sampling(Strict):
    """How answers are drawn, by every endpoint's names."""

    temperature: Annotated[float, Field(ge=0.0, le=2.0)] | None = None
    top_p: Probability | None = None
    top_k: Positive | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None


class GenerationRequest(Sampling):
    """What chat and legacy completions share."""

    model: str = Field(max_length=512)
    max_tokens: Positive | None = None
    n: Annotated[int, Field(ge=1, le=MOST_CHOICES)] | None = None
    stop: str | Annotated[list[str], Field(max_length=MOST_STOPS)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    logit_bias: Annotated[dict[str, Annotated[float, Field(ge=-100, le=100)]], Field(max_length=4096)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: str | None = Field(default=None, max_length=512)
    guard: GuardOptions | None = None

    @property
    def stops(self) -> tuple[str, ...]:
        """The stop sequences."""
        return () if self.stop is None else (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)

    @field_validator("stop")
    @classmethod
    def _no_empty_stop(cls, stop: str | list[str] | None) -> str | list[str] | None:
        if stop is not None and any(not 0 < len(s) <= 1024 for s in ([stop] if isinstance(stop, str) else stop)):
            raise ValueError("a stop sequence has 1 to 1024 characters")
        return stop

    @model_validator(mode="after")
    def _options_of_streams(self) -> "GenerationRequest":
        if self.stream_options is not None and not self.stream:
            raise refusal("stream_options", "stream_options is only for stream: true")
        return self


class ChatRequest(GenerationRequest):
    """`POST /v1/chat/completions`."""

    messages: list[Message] = Field(min_length=1, max_length=MOST_MESSAGES)
    max_completion_tokens: Positive | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=MOST_TOP_LOGPROBS)] | None = None
    response_format: ResponseFormat | None = None
    tools: list[Tool] | None = Field(default=None, max_length=MOST_TOOLS)
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    parallel_tool_calls: bool | None = None
    safety_identifier: str | None = Field(default=None, max_length=512)
    modalities: Annotated[list[Literal["text"]], Field(max_length=1)] | None = None
    service_tier: Literal["auto", "default"] | None = None
    store: Literal[False] | None = None

    @model_validator(mode="after")
    def _fit(self) -> "ChatRequest":
        if self.top_logprobs is not None and not self.logprobs:
            raise refusal("top_logprobs", "top_logprobs needs logprobs: true")
        if self.tool_choice not in (None, "none") and not self.tools:
            raise refusal("tool_choice", "tool_choice needs tools")
        return self


class CompletionRequest(GenerationRequest):
    """`POST /v1/completions`."""

    prompt: (
        Annotated[Text, Field(min_length=1)]
        | Annotated[list[Annotated[Text, Field(min_length=1)]], Field(min_length=1, max_length=MOST_PROMPTS)]
        | Annotated[TokenIds, Field(min_length=1)]
        | Annotated[list[Annotated[TokenIds, Field(min_length=1)]], Field(min_length=1, max_length=MOST_PROMPTS)]
    )
    logprobs: Annotated[int, Field(ge=0, le=MOST_TOP_LOGPROBS)] | None = None
    best_of: Literal[1] | None = None
    echo: Literal[False] | None = None
    suffix: None = None


class InputMessage(Strict):
    """A message in `input`."""

    type: Literal["message"] | None = None
    role: Literal["system", "developer", "user", "assistant"]
    content: Text | Annotated[list[TextPart], Field(max_length=1024)]
    id: str | None = Field(default=None, max_length=128)
    status: Literal["in_progress", "completed", "incomplete"] | None = None


class ResponsesSchemaFormat(NamedSchema):
    """JSON that fits a schema, as this endpoint spells it."""

    type: Literal["json_schema"]


class TextOptions(Strict):
    """The answer's form."""

    format: Annotated[TextFormat | JsonObjectFormat | ResponsesSchemaFormat, Field(discriminator="type")] | None = None


class ResponsesRequest(Sampling):
    """`POST /v1/responses`: text in, text out."""

    model: str = Field(max_length=512)
    # With the instructions it has to fit into a conversation.
    input: (
        Annotated[Text, Field(min_length=1)]
        | Annotated[list[InputMessage], Field(min_length=1, max_length=MOST_MESSAGES - 1)]
    )
    instructions: Text | None = None
    max_output_tokens: Positive | None = None
    text: TextOptions | None = None
    stream: bool | None = None
    user: str | None = Field(default=None, max_length=512)
    safety_identifier: str | None = Field(default=None, max_length=512)
    metadata: Annotated[dict[str, Annotated[str, Field(max_length=512)]], Field(max_length=16)] | None = None
    store: Literal[False] | None = None
    background: Literal[False] | None = None
    truncation: Literal["disabled"] | None = None
    service_tier: Literal["auto", "default"] | None = None
    guard: GuardOptions | None = None


class TokenizeRequest(Strict):
    """`POST /tokenize`: a text, or a conversation as the model sees it."""

    model: str | None = Field(default=None, max_length=512)
    prompt: Text | None = None
    messages: list[Message] | None = Field(default=None, min_length=1, max_length=4096)
    add_special_tokens: bool = True
    add_generation_prompt: bool = True

    @model_validator(mode="after")
    def _one(self) -> "TokenizeRequest":
        if (self.prompt is None) == (self.messages is None):
            raise refusal("prompt", "give either prompt or messages")
        return self
