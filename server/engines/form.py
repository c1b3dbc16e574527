"""The form that an answer has to have."""

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Form", "FormKind"]


class FormKind(StrEnum):
    """How a form is written down."""

    JSON_SCHEMA = "json_schema"
    REGEX = "regex"
    CHOICE = "choice"
    GRAMMAR = "grammar"
    LARK = "lark"


@dataclass(frozen=True, slots=True)
class Form:
    """What an answer is held to.

    Attributes:
        text: a JSON schema as JSON text, with its fields in the order that answers have; a regular expression; a JSON list of
            strings, of which the answer is one; or a grammar, in Lark or GBNF.
        param: the field of the request that it comes from.
    """

    kind: FormKind
    text: str
    param: str = field(default="response_format", compare=False)
