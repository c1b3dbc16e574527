"""`POST /v1/completions`."""

from typing import Annotated, Literal

from pydantic import Field

from server.planning.schemas.base import Text, TokenIds
from server.planning.schemas.generation import GenerationRequest

__all__ = ["CompletionRequest"]

MOST_TOP_LOGPROBS = 20
MOST_PROMPTS = 64


class CompletionRequest(GenerationRequest):
    """`POST /v1/completions`."""

    prompt: (
        Annotated[Text, Field(min_length=1)]
        | Annotated[list[Annotated[Text, Field(min_length=1)]], Field(min_length=1, max_length=MOST_PROMPTS)]
        | Annotated[TokenIds, Field(min_length=1)]
        | Annotated[list[Annotated[TokenIds, Field(min_length=1)]], Field(min_length=1, max_length=MOST_PROMPTS)]
    )
    logprobs: Annotated[int, Field(ge=0, le=MOST_TOP_LOGPROBS)] | None = None
    best_of: Literal[1] | None = None
    echo: Literal[False] | None = None
    suffix: None = None
