"""`POST /tokenize`."""

from pydantic import Field, model_validator

from server.planning.schemas.base import Name, Strict, Text, refusal
from server.planning.schemas.messages import MOST_MESSAGES, Message

__all__ = ["TokenizeRequest"]


class TokenizeRequest(Strict):
    """`POST /tokenize`: a text, or a conversation as the model sees it."""

    model: Name | None = None
    prompt: Text | None = None
    messages: list[Message] | None = Field(default=None, min_length=1, max_length=MOST_MESSAGES)
    add_special_tokens: bool = True
    add_generation_prompt: bool = True

    @model_validator(mode="after")
    def _one(self) -> "TokenizeRequest":
        if (self.prompt is None) == (self.messages is None):
            raise refusal("prompt", "give either prompt or messages")
        return self
