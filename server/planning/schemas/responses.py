"""`POST /v1/responses`."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from server.planning.schemas.base import Integer, Name, Strict, Text, by_shape, only, refusal, text_or_array
from server.planning.schemas.forms import FORMS, JsonObjectFormat, NamedSchema, TextFormat, form
from server.planning.schemas.functions import MOST_TOOLS, FunctionName, FunctionSpec
from server.planning.schemas.generation import MOST_TOP_LOGPROBS, Metadata, MostTokens, Sampling, StreamOptions
from server.planning.schemas.messages import MOST_MESSAGES
from server.planning.schemas.response_items import InputItem
from server.planning.schemas.template import Effort
from tlpo_guard.guard_options import GuardOptions

__all__ = ["AllowedTools", "FunctionTool", "NamedFunctionTool", "ResponsesRequest", "ResponsesSchemaFormat"]

LOGPROBS = "message.output_text.logprobs"

Include = Literal[
    "message.output_text.logprobs",
    "reasoning.encrypted_content",
    # Of tools and of inputs that this server does not have: there is nothing that could be included.
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
    "file_search_call.results",
    "message.input_image.image_url",
    "web_search_call.action.sources",
    "web_search_call.results",
]


def _nothing_stored(value: object) -> object:
    raise PydanticCustomError(
        "refusal", "is not supported: responses are not stored; send the conversation as input", {}
    )


Stored = Annotated[Name, AfterValidator(_nothing_stored)]
"""Names what an earlier request would have left; always refused, for an answer without it would be about something else."""


class ResponsesSchemaFormat(NamedSchema):
    """JSON that fits a schema, as this endpoint spells it."""

    type: Literal["json_schema"]

    @model_validator(mode="after")
    def _has_schema(self) -> "ResponsesSchemaFormat":
        if self.schema_ is None:
            raise refusal("schema", "is missing; for any object ask for type: json_object")
        return self


class TextOptions(Strict):
    """The answer's form; its verbosity is taken without effect."""

    format: (
        Annotated[
            Annotated[TextFormat, Tag("~text")]
            | Annotated[JsonObjectFormat, Tag("~json_object")]
            | Annotated[ResponsesSchemaFormat, Tag("~json_schema")],
            by_shape(FORMS, form),
        ]
        | None
    ) = None
    verbosity: Literal["low", "medium", "high"] | None = None


class ReasoningOptions(Strict):
    """How the model may think; what is asked of summaries is taken without effect."""

    effort: Effort | None = None
    summary: Name | None = None
    generate_summary: Name | None = None
    context: Name | None = None


class FunctionTool(FunctionSpec):
    """A function that the model may call; the only kind of tool."""

    type: Literal["function"]
    defer_loading: Annotated[bool, only(False)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_function(cls, data: Any) -> Any:
        kind = data.get("type") if isinstance(data, dict) else None
        if isinstance(kind, str) and kind != "function":
            message = "{kind} tools are not supported; this server has tools of type function"
            raise PydanticCustomError("unsupported_part", message, {"kind": kind[:40]})
        return data


class NamedFunctionTool(Strict):
    """A function by its name."""

    type: Literal["function"]
    name: FunctionName


class AllowedTools(Strict):
    """Those of the tools that may be called this time."""

    type: Literal["allowed_tools"]
    mode: Literal["auto", "required"]
    tools: list[NamedFunctionTool] = Field(min_length=1, max_length=MOST_TOOLS)


def _choice(value: Any) -> str | None:
    if isinstance(value, str):
        return "~string"
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return f"~{kind}" if kind in ("function", "allowed_tools") else None


ToolChoice = Annotated[
    Annotated[Literal["none", "auto", "required"], Tag("~string")]
    | Annotated[NamedFunctionTool, Tag("~function")]
    | Annotated[AllowedTools, Tag("~allowed_tools")],
    by_shape("'none', 'auto', 'required' or an object whose type is 'function' or 'allowed_tools'", _choice),
]


class ResponsesRequest(Sampling):
    """`POST /v1/responses`: text and calls of functions. Nothing is stored, whatever `store` says."""

    model: Name
    # With the instructions it has to fit into a conversation.
    input: Annotated[
        Annotated[Text, Field(min_length=1), Tag("~string")]
        | Annotated[list[InputItem], Field(min_length=1, max_length=MOST_MESSAGES - 1), Tag("~array")],
        by_shape("a string or an array of items", text_or_array),
    ]
    instructions: Text | None = None
    max_output_tokens: MostTokens = None
    text: TextOptions | None = None
    tools: list[FunctionTool] | None = Field(default=None, max_length=MOST_TOOLS)
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    reasoning: ReasoningOptions | None = None
    include: Annotated[list[Include], Field(max_length=16)] | None = None
    top_logprobs: Annotated[Integer, Field(ge=0, le=MOST_TOP_LOGPROBS)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: Name | None = None
    safety_identifier: Name | None = None
    metadata: Metadata | None = None
    prompt_cache_key: Name | None = None
    prompt_cache_retention: Name | None = None
    max_tool_calls: Annotated[Integer, Field(ge=1)] | None = None
    store: bool | None = None
    background: Annotated[bool, only(False)] | None = None
    truncation: Literal["auto", "disabled"] | None = None
    service_tier: Name | None = None
    previous_response_id: Stored | None = None
    conversation: Annotated[Any, AfterValidator(_nothing_stored)] = None
    guard: GuardOptions | None = None

    @property
    def wants_logprobs(self) -> bool:
        """Whether the answer's tokens come with their log-probabilities."""
        return bool(self.top_logprobs) or LOGPROBS in (self.include or ())

    @model_validator(mode="after")
    def _fit(self) -> "ResponsesRequest":
        if self.tool_choice not in (None, "none", "auto") and not self.tools:
            raise refusal("tool_choice", "needs tools")
        if self.stream_options is not None and not self.stream:
            raise refusal("stream_options", "is only for stream: true")
        return self
