"""`POST /tokenize` and `POST /detokenize`."""

from pydantic import Field, model_validator

from server.planning.schemas.base import Name, Strict, Text, TokenIds, refusal
from server.planning.schemas.messages import MOST_MESSAGES, Message
from server.planning.schemas.template import TemplateOptions

__all__ = ["DetokenizeRequest", "TokenizeRequest"]


class TokenizeRequest(Strict):
    """`POST /tokenize`: a text, or a conversation as the model sees it."""

    model: Name | None = None
    prompt: Text | None = None
    messages: list[Message] | None = Field(default=None, min_length=1, max_length=MOST_MESSAGES)
    add_special_tokens: bool = True
    add_generation_prompt: bool | None = None
    continue_final_message: bool | None = None
    chat_template_kwargs: TemplateOptions | None = None
    return_token_strs: bool = False

    @model_validator(mode="after")
    def _one(self) -> "TokenizeRequest":
        if (self.prompt is None) == (self.messages is None):
            raise refusal("prompt", "and messages exclude each other; give one of them")
        if self.continue_final_message and self.add_generation_prompt:
            raise refusal("continue_final_message", "and add_generation_prompt cannot both be true")
        return self


class DetokenizeRequest(Strict):
    """`POST /detokenize`: the text of token ids."""

    model: Name | None = None
    tokens: TokenIds
