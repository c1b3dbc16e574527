"""Forms of answers as vLLM's clients ask for them: `structured_outputs`, and its older names."""

from typing import Annotated, Any

from pydantic import Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from server.planning.schemas.base import Name, Strict, Text, by_shape, refusal, shape_of

__all__ = ["StructuredOutputs", "StructuredRequest"]

MOST_CHOICES = 4096


def _schema_shape(value: object) -> str | None:
    return None if isinstance(value, list) else shape_of(value)


Schema = Annotated[
    Annotated[Text, Tag("~string")] | Annotated[dict[str, Any], Tag("~object")],
    by_shape(
        "a JSON schema, as an object or as its JSON text",
        _schema_shape,
    ),
]
Choice = Annotated[list[Annotated[Text, Field(min_length=1)]], Field(min_length=1, max_length=MOST_CHOICES)]


class StructuredOutputs(Strict):
    """What the answer is held to; one of these."""

    json_: Schema | None = Field(default=None, alias="json")
    regex: Text | None = Field(default=None, min_length=1)
    choice: Choice | None = None
    grammar: Text | None = Field(default=None, min_length=1)
    json_object: bool | None = None
    whitespace_pattern: Name | None = None
    disable_fallback: bool | None = None
    disable_any_whitespace: bool | None = None
    disable_additional_properties: bool | None = None

    @model_validator(mode="after")
    def _one(self) -> "StructuredOutputs":
        if len(self.given) != 1:
            raise PydanticCustomError("one_form", "takes one of json, regex, choice, grammar and json_object")
        return self

    @property
    def given(self) -> list[str]:
        """Names of the forms that are asked for."""
        fields = {"json": self.json_, "regex": self.regex, "choice": self.choice, "grammar": self.grammar}
        return [
            name for name, value in (fields | {"json_object": self.json_object or None}).items() if value is not None
        ]


class StructuredRequest(Strict):
    """A request that may ask for a form by these names."""

    structured_outputs: StructuredOutputs | None = None
    guided_json: Schema | None = None
    guided_regex: Text | None = Field(default=None, min_length=1)
    guided_choice: Choice | None = None
    guided_grammar: Text | None = Field(default=None, min_length=1)
    guided_decoding_backend: Name | None = None
    guided_whitespace_pattern: Name | None = None

    @property
    def forms_asked_for(self) -> list[str]:
        """Names of the fields that ask for a form."""
        forms = {
            "structured_outputs": self.structured_outputs,
            "guided_json": self.guided_json,
            "guided_regex": self.guided_regex,
            "guided_choice": self.guided_choice,
            "guided_grammar": self.guided_grammar,
        }
        return [name for name, value in forms.items() if value is not None]

    @model_validator(mode="after")
    def _one_form(self) -> "StructuredRequest":
        if len(self.forms_asked_for) > 1:
            raise refusal(self.forms_asked_for[1], "cannot be combined with another form of the answer")
        return self
