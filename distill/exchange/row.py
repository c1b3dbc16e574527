"""One event as another site wrote it: checked before anything else sees it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.guard.points import Action, Kind
from tlpo_guard.languages.decided_by import DecidedBy

__all__ = ["ExchangedEvent", "reason"]

_MOST_IDS = 1_000_000
_SLACK = timedelta(days=1)  # between two sites' clocks
_ROUNDING = 1e-3  # what a log-probability in float16 may lie above 0

TokenId = Annotated[int, Field(ge=0, lt=2**31)]
TokenIds = Annotated[list[TokenId], Field(max_length=_MOST_IDS), FailFast()]
Text = Annotated[str, Field(min_length=1, max_length=256)]
Name = Annotated[str, Field(pattern=r"^[\w.@:/+-]{1,128}$")]
Tags = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,35}(, ?[A-Za-z0-9-]{1,35}){0,15}$")]
SomeTags = Annotated[str, Field(pattern=r"^([A-Za-z0-9-]{1,35}(, ?[A-Za-z0-9-]{1,35}){0,63})?$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Integer = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class ExchangedCandidate(_Row):
    """A candidate; the model gives what it does not expect at all a log-probability that is no longer finite."""

    token_id: TokenId
    logprob: Annotated[float, Field(le=_ROUNDING, allow_inf_nan=True)]
    drifts: bool

    @field_validator("logprob")
    @classmethod
    def _is_a_number(cls, value: float) -> float:
        if value != value:
            raise ValueError("no number")
        return value


class ExchangedEvent(_Row):
    """`Event.to_json` read back; what a vocabulary holds only the selection knows."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    created_at: AwareDatetime
    request_id: Text
    user: Annotated[str, Field(max_length=256)] | None
    model: Text
    base_fingerprint: Name
    tokenizer_fingerprint: Name
    adapter_version: Name
    language: Tags
    decided_by: DecidedBy
    confidence: Share
    allow_english: bool
    allow_hanja: bool
    prompt_ids: TokenIds
    output_ids: TokenIds
    position: Annotated[int, Field(ge=0, le=_MOST_IDS)]
    token_id: TokenId
    kind: Kind
    candidates: Annotated[list[ExchangedCandidate], Field(max_length=1024), FailFast()]
    confusion_mass: Annotated[float, Field(ge=0.0, le=1.0 + 1e-6)]
    action: Action
    replacement_id: TokenId | None
    temperature: Annotated[float, Field(ge=0.0, le=1e6)]
    top_p: Share
    top_k: Integer | None
    seed: Integer | None
    detector_version: Name
    scripts: Annotated[str, Field(pattern=r"^([A-Za-z]{4}(,[A-Za-z]{4}){0,31})?$")] = ""
    admitted: SomeTags = ""
    claimed: SomeTags = ""
    settled: bool | None = None
    key: Annotated[str, Field(max_length=64)] = ""
    biased: bool | None = None

    @field_validator("created_at")
    @classmethod
    def _has_passed(cls, value: datetime) -> datetime:
        try:
            moment = value.astimezone(UTC)
        except OverflowError as exc:
            raise ValueError("out of the calendar") from exc
        if moment > datetime.now(UTC) + _SLACK:
            raise ValueError("lies in the future")
        return moment

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> "ExchangedEvent":
        if self.prompt_ids and self.position != len(self.output_ids):
            raise ValueError("position is not the length of output_ids")
        return self

    def event(self) -> Event:
        """The event."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        values["candidates"] = tuple(Candidate(c.token_id, c.logprob, c.drifts) for c in self.candidates)
        values["prompt_ids"], values["output_ids"] = tuple(self.prompt_ids), tuple(self.output_ids)
        return Event(**values)


def reason(error: ValidationError) -> str:
    """Why a row was refused, in words that many rows share; nothing of the row itself is in them."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "no JSON"
    where = str(first["loc"][0]) if first["loc"] else "event"
    if first["type"].startswith(("datetime", "timezone")):
        return f"{where}: no date and time with a time zone"
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"
