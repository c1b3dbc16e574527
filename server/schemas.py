"""Request bodies. What is not listed here is refused by name, never ignored."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tlpo_guard.errors import ConfigurationError, UnknownLanguageError
from tlpo_guard.languages import language
from tlpo_guard.policy import Mode
from tlpo_guard.scripts import script_code

__all__ = ["ChatRequest", "CompletionRequest", "GenerationRequest", "GuardOptions", "Message", "TextPart"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GuardOptions(_Strict):
    """The request's own policy; what is absent comes from the server's settings."""

    mode: Mode | None = None
    languages: list[str] | None = Field(default=None, max_length=16)
    allow_english: bool | None = None
    allow_hanja: bool | None = None
    scripts: list[str] | None = Field(default=None, max_length=16)

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


class TextPart(_Strict):
    """One text part of a message."""

    type: Literal["text"]
    text: str


class Message(_Strict):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]
    name: str | None = None

    @property
    def text(self) -> str:
        """The message's text, its parts joined."""
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)


class StreamOptions(_Strict):
    """What a stream brings besides the text."""

    include_usage: bool = False


class GenerationRequest(_Strict):
    """What both endpoints share."""

    model: str
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: float = Field(default=1.0, ge=0.0, le=2.0)
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    top_k: Annotated[int, Field(ge=1)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    n: Literal[1] = 1
    stream: bool = False
    stream_options: StreamOptions | None = None
    user: str | None = Field(default=None, max_length=512)
    guard: GuardOptions = GuardOptions()


class ChatRequest(GenerationRequest):
    """`POST /v1/chat/completions`."""

    messages: list[Message] = Field(min_length=1)
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None


class CompletionRequest(GenerationRequest):
    """`POST /v1/completions`."""

    prompt: str = Field(min_length=1)
