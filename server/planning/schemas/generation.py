"""What all endpoints that generate share."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, Tag, field_validator, model_validator

from server.planning.schemas.base import (
    Integer,
    Name,
    Penalty,
    Positive,
    Probability,
    Strict,
    TokenIds,
    by_shape,
    only,
    refusal,
    text_or_array,
)
from server.planning.schemas.structured import StructuredRequest
from tlpo_guard.guard_options import GuardOptions

__all__ = [
    "MOST_TOP_LOGPROBS",
    "GenerationRequest",
    "Metadata",
    "MostTokens",
    "Sampling",
    "StreamOptions",
    "unlimited_is_absent",
]

MOST_CHOICES = 128
MOST_STOPS = 16
MOST_TOP_LOGPROBS = 20
MOST_STOP_IDS = 1024

Metadata = Annotated[dict[str, Annotated[str, Field(max_length=512)]], Field(max_length=16)]
Stop = Annotated[
    Annotated[str, Tag("~string")] | Annotated[list[str], Field(max_length=MOST_STOPS), Tag("~array")],
    by_shape("a string or an array of strings", text_or_array),
]


def unlimited_is_absent(value: Any) -> Any:
    """A length of -1 as None."""
    return None if value == -1 and not isinstance(value, bool) else value


MostTokens = Annotated[Positive | None, BeforeValidator(unlimited_is_absent)]
"""Length of an answer; -1 is as if it were absent."""


class StreamOptions(Strict):
    """What a stream brings besides the text."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None
    continuous_usage_stats: bool | None = None


class Sampling(Strict):
    """How answers are drawn, by every endpoint's names."""

    temperature: Annotated[float, Field(ge=0.0, le=2.0)] | None = None
    top_p: Probability | None = None
    top_k: Annotated[Integer, Field(ge=-1, lt=2**31)] | None = None
    min_p: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    seed: Annotated[Integer, Field(ge=-(2**63), lt=2**63)] | None = None

    @property
    def tokens_kept(self) -> int | None:
        """`top_k`; 0 and -1 keep all tokens."""
        return self.top_k if self.top_k is not None and self.top_k > 0 else None


class GenerationRequest(Sampling, StructuredRequest):
    """What chat and legacy completions share."""

    model: Name
    max_tokens: MostTokens = None
    n: Annotated[Integer, Field(ge=1, le=MOST_CHOICES)] | None = None
    stop: Stop | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    repetition_penalty: Annotated[float, Field(gt=0.0, le=10.0)] | None = None
    min_tokens: Annotated[Integer, Field(ge=0, lt=2**31)] | None = None
    stop_token_ids: Annotated[TokenIds, Field(max_length=MOST_STOP_IDS)] | None = None
    ignore_eos: bool | None = None
    include_stop_str_in_output: bool | None = None
    allowed_token_ids: Annotated[TokenIds, Field(min_length=1, max_length=2**18)] | None = None
    truncate_prompt_tokens: Annotated[Integer, Field(ge=-1, lt=2**31)] | None = None
    return_token_ids: bool | None = None
    return_tokens_as_token_ids: bool | None = None
    skip_special_tokens: bool | None = None
    echo: bool | None = None
    prompt_logprobs: Annotated[Integer, Field(ge=0, le=MOST_TOP_LOGPROBS)] | None = None
    spaces_between_special_tokens: bool | None = None
    use_beam_search: Annotated[bool, only(False)] | None = None
    length_penalty: Annotated[float, only(1.0)] | None = None
    logit_bias: Annotated[dict[str, Annotated[float, Field(ge=-100, le=100)]], Field(max_length=4096)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: Name | None = None
    guard: GuardOptions | None = None
    metadata: Metadata | None = None
    store: bool | None = None
    service_tier: Name | None = None

    @property
    def stops(self) -> tuple[str, ...]:
        """The stop sequences."""
        return () if self.stop is None else (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)

    @field_validator("stop")
    @classmethod
    def _no_empty_stop(cls, stop: str | list[str] | None) -> str | list[str] | None:
        if stop is not None and any(not 0 < len(s) <= 1024 for s in ([stop] if isinstance(stop, str) else stop)):
            raise ValueError("a stop sequence has 1 to 1024 characters")
        return stop

    @model_validator(mode="after")
    def _options_of_streams(self) -> "GenerationRequest":
        if self.stream_options is not None and not self.stream:
            raise refusal("stream_options", "is only for stream: true")
        if self.prompt_logprobs is not None and self.stream:
            raise refusal("prompt_logprobs", "is not for streams")
        return self
