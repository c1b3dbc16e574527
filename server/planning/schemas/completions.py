"""`POST /v1/completions`."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, Tag, model_validator

from server.planning.schemas.base import Integer, Text, TokenIds, by_shape, only, refusal
from server.planning.schemas.generation import MOST_TOP_LOGPROBS, GenerationRequest, unlimited_is_absent

__all__ = ["CompletionRequest"]

MOST_PROMPTS = 64


_PROMPTS = {str: "~strings", int: "~tokens", list: "~token arrays"}


def _prompt(value: Any) -> str | None:
    if isinstance(value, str):
        return "~string"
    if not isinstance(value, list):
        return None
    kinds = {type(item) for item in value}
    return None if len(kinds) > 1 else _PROMPTS.get(kinds.pop() if kinds else int)


Prompt = Annotated[
    Annotated[Text, Field(min_length=1), Tag("~string")]
    | Annotated[
        list[Annotated[Text, Field(min_length=1)]], Field(min_length=1, max_length=MOST_PROMPTS), Tag("~strings")
    ]
    | Annotated[TokenIds, Field(min_length=1), Tag("~tokens")]
    | Annotated[
        list[Annotated[TokenIds, Field(min_length=1)]],
        Field(min_length=1, max_length=MOST_PROMPTS),
        Tag("~token arrays"),
    ],
    by_shape(
        "a string, an array of strings, an array of token ids or an array of such arrays, all of one kind", _prompt
    ),
]


MostTokens = Annotated[Annotated[Integer, Field(ge=0, lt=2**31)] | None, BeforeValidator(unlimited_is_absent)]
"""Length of an answer, 0 for an echo alone; -1 is as if it were absent."""


class CompletionRequest(GenerationRequest):
    """`POST /v1/completions`."""

    prompt: Prompt
    max_tokens: MostTokens = None
    logprobs: Annotated[Integer, Field(ge=0, le=MOST_TOP_LOGPROBS)] | None = None
    best_of: Integer | None = None
    suffix: Annotated[str, only("")] | None = None

    @model_validator(mode="after")
    def _all_are_returned(self) -> "CompletionRequest":
        if self.best_of not in (None, self.n or 1):
            raise refusal("best_of", "other than n is not supported by this server")
        return self

    @property
    def prompts(self) -> list[str | list[int]]:
        """Each prompt, as text or as token ids."""
        given: Any = self.prompt
        return list(given) if isinstance(given, list) and not isinstance(given[0], int) else [given]
