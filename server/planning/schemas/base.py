"""What all request bodies are made of. What a body does not list is refused by name; null is as if a field were absent."""

import json
from collections.abc import Callable
from typing import Annotated, Any, LiteralString

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field
from pydantic_core import PydanticCustomError

from tlpo_guard.strict import Strict

__all__ = [
    "Integer",
    "Name",
    "Penalty",
    "Positive",
    "Probability",
    "Strict",
    "Text",
    "TokenIds",
    "by_shape",
    "only",
    "refusal",
    "shape_of",
    "text_or_array",
]

UNSUPPORTED = "unsupported_value"

Text = Annotated[str, Field(max_length=2**22)]
Name = Annotated[str, Field(max_length=512)]
Probability = Annotated[float, Field(gt=0.0, le=1.0)]
Penalty = Annotated[float, Field(ge=-2.0, le=2.0)]


def _whole(value: Any) -> Any:
    """JavaScript and some others write 5 as 5.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Integer = Annotated[int, BeforeValidator(_whole)]
Positive = Annotated[Integer, Field(ge=1, lt=2**31)]
TokenIds = list[Annotated[int, Field(ge=0, lt=2**31)]]


def refusal(param: str, message: LiteralString) -> PydanticCustomError:
    """What is wrong between fields.

    Args:
        param: the one to name, of the model that raises it.
        message: goes on behind the field's name.
    """
    return PydanticCustomError("refusal", message, {"param": param})


def only(*values: object) -> AfterValidator:
    """A field that is known, but of which only the values without effect are served."""

    def check(value: object) -> object:
        if value not in values:
            neutral = json.dumps(values[0])
            raise PydanticCustomError(UNSUPPORTED, "only {neutral} is supported", {"neutral": neutral})
        return value

    return AfterValidator(check)


def shape_of(value: object) -> str | None:
    """Which shape of JSON a value has, as the tag of a union's member."""
    return "~string" if isinstance(value, str) else "~array" if isinstance(value, list) else "~object"


def text_or_array(value: object) -> str | None:
    """The same where an object is no member."""
    return shape_of(value) if isinstance(value, str | list) else None


def by_shape(expected: LiteralString, shape: Callable[[Any], str | None] = shape_of) -> Discriminator:
    """Tells the members of a union apart before they are looked into, so that an error is about one of them.

    Args:
        expected: what the field may hold, for the error's message.
        shape: gives the tag of a member, beginning with `~`, or None.
    """
    return Discriminator(shape, custom_error_type="shape", custom_error_message=expected)
