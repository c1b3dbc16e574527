"""`POST /v1/chat/completions`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from server.planning.schemas.base import Name, Positive, refusal
from server.planning.schemas.forms import ResponseFormat
from server.planning.schemas.functions import MOST_TOOLS, NamedTool, Tool
from server.planning.schemas.generation import GenerationRequest
from server.planning.schemas.messages import MOST_MESSAGES, Message

__all__ = ["ChatRequest"]

MOST_TOP_LOGPROBS = 20


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
    safety_identifier: Name | None = None
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
