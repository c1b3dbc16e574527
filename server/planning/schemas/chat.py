"""`POST /v1/chat/completions`."""

from typing import Annotated, Literal

from pydantic import Field, Tag, model_validator

from server.planning.schemas.base import Integer, Name, Strict, by_shape, refusal, shape_of
from server.planning.schemas.forms import ResponseFormat
from server.planning.schemas.functions import MOST_TOOLS, NamedTool, Tool
from server.planning.schemas.generation import MOST_TOP_LOGPROBS, GenerationRequest, MostTokens
from server.planning.schemas.messages import MOST_MESSAGES, Content, Message
from server.planning.schemas.template import Effort, TemplateOptions

__all__ = ["ChatRequest"]


ToolChoice = Annotated[
    Annotated[Literal["none", "auto", "required"], Tag("~string")] | Annotated[NamedTool, Tag("~object")],
    by_shape("'none', 'auto', 'required' or an object that names a function", shape_of),
]


class Prediction(Strict):
    """What the answer may be like; taken without effect."""

    type: Literal["content"]
    content: Content


class ChatRequest(GenerationRequest):
    """`POST /v1/chat/completions`."""

    messages: list[Message] = Field(min_length=1, max_length=MOST_MESSAGES)
    max_completion_tokens: MostTokens = None
    add_generation_prompt: bool | None = None
    continue_final_message: bool | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[Integer, Field(ge=0, le=MOST_TOP_LOGPROBS)] | None = None
    response_format: ResponseFormat | None = None
    tools: list[Tool] | None = Field(default=None, max_length=MOST_TOOLS)
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    safety_identifier: Name | None = None
    modalities: Annotated[list[Literal["text"]], Field(max_length=1)] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    prediction: Prediction | None = None
    chat_template_kwargs: TemplateOptions | None = None
    reasoning_effort: Effort | None = None
    include_reasoning: bool | None = None
    prompt_cache_key: Name | None = None
    prompt_cache_retention: Name | None = None

    @property
    def opens_answer(self) -> bool:
        """Whether the prompt ends with what begins an answer."""
        return not self.continue_final_message and self.add_generation_prompt is not False

    @property
    def last_words(self) -> str:
        """What the assistant has said last, which an answer may go on from."""
        return self.messages[-1].text if self.messages[-1].role == "assistant" else ""

    @model_validator(mode="after")
    def _fit(self) -> "ChatRequest":
        if self.top_logprobs is not None and not self.logprobs:
            raise refusal("top_logprobs", "needs logprobs: true")
        if self.forms_asked_for and self.response_format is not None and self.response_format.type != "text":
            raise refusal(self.forms_asked_for[0], "cannot be combined with response_format")
        if self.tool_choice not in (None, "none", "auto") and not self.tools:
            raise refusal("tool_choice", "needs tools")
        if self.continue_final_message:
            if self.add_generation_prompt:
                raise refusal("continue_final_message", "and add_generation_prompt cannot both be true")
            if self.messages[-1].role != "assistant":
                raise refusal("continue_final_message", "needs a message of the assistant at the end")
        return self
