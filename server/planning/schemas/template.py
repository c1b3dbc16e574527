"""What a request hands to the chat template."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

__all__ = ["Effort", "TemplateOptions"]

MOST_OPTIONS = 64

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh"]
"""How much a model is to reason; only templates that know of it are told."""

# What the server itself hands on, and what would be no option of the template but one of the tokenizer.
_RESERVED = frozenset(
    {
        "add_generation_prompt",
        "chat_template",
        "continue_final_message",
        "conversation",
        "max_length",
        "messages",
        "padding",
        "return_assistant_tokens_mask",
        "return_dict",
        "return_tensors",
        "tokenize",
        "tokenizer_kwargs",
        "tools",
        "truncation",
    }
)


def _free(options: dict[str, Any]) -> dict[str, Any]:
    for name in options:
        if name in _RESERVED or not name.isidentifier():
            message = "{name} is no option of a chat template that a request may set"
            raise PydanticCustomError("reserved", message, {"name": name[:80]})
    return options


TemplateOptions = Annotated[dict[str, Any], Field(max_length=MOST_OPTIONS), AfterValidator(_free)]
