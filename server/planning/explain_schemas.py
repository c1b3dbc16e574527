"""The body of `POST /v1/guard/explain`."""

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from server.planning.schemas import MOST_MESSAGES, Message, Strict, Text, refusal
from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.explain import Question
from tlpo_guard.intent import Message as Said
from tlpo_guard.languages.tags import languages

__all__ = ["ExplainRequest"]


class ExplainRequest(Strict):
    """A conversation, and perhaps an answer to it."""

    id: Annotated[str, Field(max_length=512)] | int | None = None
    messages: list[Message] | None = Field(default=None, min_length=1, max_length=MOST_MESSAGES)
    prompt: Text | None = None
    completion: Text | None = None
    language: str | None = Field(default=None, max_length=512)
    allow_english: bool | None = None

    @field_validator("language")
    @classmethod
    def _known(cls, tags: str | None) -> str | None:
        try:
            return None if tags is None else ",".join(languages(tags))
        except UnknownLanguageError as exc:
            raise ValueError(str(exc)) from exc

    @model_validator(mode="after")
    def _one(self) -> "ExplainRequest":
        if (self.prompt is None) == (self.messages is None) and (self.prompt is not None or not self.language):
            raise refusal("prompt", "or messages is needed, not both; or a language without them")
        return self

    @property
    def where(self) -> str:
        """The field that the conversation came in."""
        return "messages" if self.prompt is None else "prompt"

    @property
    def question(self) -> Question:
        """What is asked."""
        said = tuple(Said(message.role, message.text) for message in self.messages or ())
        if self.prompt is not None:
            said = (Said("user", self.prompt),)
        tags = languages(self.language or "")
        return Question(said, self.completion or "", tags, self.allow_english is not False)
