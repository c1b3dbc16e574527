"""`POST /v1/responses`."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from server.planning.schemas.base import Name, Positive, Strict, Text, by_shape, text_or_array
from server.planning.schemas.forms import FORMS, JsonObjectFormat, NamedSchema, TextFormat, form
from server.planning.schemas.generation import Sampling
from server.planning.schemas.guard import GuardOptions
from server.planning.schemas.messages import MOST_MESSAGES, Content

__all__ = ["ResponsesRequest"]


class InputMessage(Strict):
    """A message in `input`."""

    type: Literal["message"] | None = None
    role: Literal["system", "developer", "user", "assistant"]
    content: Content
    id: str | None = Field(default=None, max_length=128)
    status: Literal["in_progress", "completed", "incomplete"] | None = None


class ResponsesSchemaFormat(NamedSchema):
    """JSON that fits a schema, as this endpoint spells it."""

    type: Literal["json_schema"]


class TextOptions(Strict):
    """The answer's form."""

    format: (
        Annotated[
            Annotated[TextFormat, Tag("~text")]
            | Annotated[JsonObjectFormat, Tag("~json_object")]
            | Annotated[ResponsesSchemaFormat, Tag("~json_schema")],
            by_shape(FORMS, form),
        ]
        | None
    ) = None


class ResponsesRequest(Sampling):
    """`POST /v1/responses`: text in, text out."""

    model: Name
    # With the instructions it has to fit into a conversation.
    input: Annotated[
        Annotated[Text, Field(min_length=1), Tag("~string")]
        | Annotated[list[InputMessage], Field(min_length=1, max_length=MOST_MESSAGES - 1), Tag("~array")],
        by_shape("a string or an array of items", text_or_array),
    ]
    instructions: Text | None = None
    max_output_tokens: Positive | None = None
    text: TextOptions | None = None
    stream: bool | None = None
    user: Name | None = None
    safety_identifier: Name | None = None
    metadata: Annotated[dict[str, Annotated[str, Field(max_length=512)]], Field(max_length=16)] | None = None
    store: Literal[False] | None = None
    background: Literal[False] | None = None
    truncation: Literal["disabled"] | None = None
    service_tier: Literal["auto", "default"] | None = None
    guard: GuardOptions | None = None
