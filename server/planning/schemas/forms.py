"""The form that an answer has to have."""

from typing import Annotated, Any, Literal

from pydantic import Field, Tag, model_validator

from server.planning.schemas.base import Strict, Text, by_shape, refusal

__all__ = ["FORMS", "JsonObjectFormat", "JsonSchemaFormat", "NamedSchema", "ResponseFormat", "TextFormat", "form"]


class TextFormat(Strict):
    """Free text."""

    type: Literal["text"]


class JsonObjectFormat(Strict):
    """Any JSON object."""

    type: Literal["json_object"]


class NamedSchema(Strict):
    """A JSON schema with its name."""

    name: str = Field(min_length=1, max_length=256)
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    strict: bool | None = None
    description: Text | None = None


class JsonSchemaFormat(Strict):
    """JSON that fits a schema."""

    type: Literal["json_schema"]
    json_schema: NamedSchema

    @model_validator(mode="after")
    def _has_schema(self) -> "JsonSchemaFormat":
        if self.json_schema.schema_ is None:
            raise refusal("json_schema.schema", "is missing; for any object ask for type: json_object")
        return self


def form(value: Any) -> str | None:
    """The tag of a form."""
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return f"~{kind}" if kind in ("text", "json_object", "json_schema") else None


FORMS = "an object whose type is 'text', 'json_object' or 'json_schema'"

ResponseFormat = Annotated[
    Annotated[TextFormat, Tag("~text")]
    | Annotated[JsonObjectFormat, Tag("~json_object")]
    | Annotated[JsonSchemaFormat, Tag("~json_schema")],
    by_shape(FORMS, form),
]
