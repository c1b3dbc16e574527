"""Queries and answers of `/admin`. A query parameter that is not listed here is refused by name, never ignored."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from tlpo_guard.events.log import LONGEST_PAGE
from tlpo_guard.events.record import Event
from tlpo_guard.guard.points import Action, Kind

__all__ = [
    "AdapterBody",
    "AdapterList",
    "CanaryBody",
    "Deleted",
    "Deletion",
    "EventPage",
    "EventQuery",
    "Export",
    "Served",
    "moment",
]


def moment(text: str) -> datetime:
    """An ISO date or datetime; without an offset it is UTC.

    Raises:
        ValueError: it is neither.
    """
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        message = f"{text[:40]!r} is no ISO date or datetime, as in 2026-11-24 or 2026-11-24T12:00:00Z"
        raise ValueError(f"{message}; a + in a URL is written %2B") from exc


_DATES = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
# `fromisoformat` and not pydantic's own reading, which takes 20261124 for seconds since 1970
Moment = Annotated[datetime, BeforeValidator(moment), WithJsonSchema(_DATES)]


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EventQuery(_Query):
    """`GET /admin/events`: what the events must be, and which page of them."""

    language: str | None = Field(default=None, description="Expected languages, as logged: `ko`, or `ko,vi`.")
    key: str | None = Field(default=None, description="Name of the API key that asked; empty: none.")
    user: str | None = None
    request_id: str | None = None
    adapter: str | None = Field(default=None, description="`base` or a version such as `v0001`.")
    model: str | None = Field(default=None, description="Served name of the model.")
    kind: Kind | None = None
    action: Action | None = None
    since: Moment | None = Field(default=None, description="From this moment on; UTC where it has no offset.")
    until: Moment | None = Field(default=None, description="Before this moment.")
    limit: int = Field(default=50, ge=1, le=LONGEST_PAGE)
    cursor: str | None = Field(default=None, description="`next_cursor` of the page before.")


class Deletion(_Query):
    """`DELETE /admin/events`: events that fit all that is given; without `key`, of all keys."""

    key: str | None = Field(default=None, description="Name of the API key that asked; empty: none.")
    user: str | None = None
    request_id: str | None = None
    before: Moment | None = Field(default=None, description="Before this moment; UTC where it has no offset.")


class Export(_Query):
    """`GET /admin/events/export`."""

    key: str | None = Field(default=None, description="Of this API key alone; without it, of all keys.")
    user: str | None = Field(default=None, description="Everything held on this user; without it, on all.")


class EventPage(BaseModel):
    """One page of events, newest first."""

    object: Literal["list"] = "list"
    data: list[Event]
    next_cursor: str | None = Field(description="For the page that follows; null on the last one.")


class Deleted(BaseModel):
    """How many events went, by the API key that asked for them, and where their text may still be found."""

    deleted: int
    by_key: dict[str, int]
    left: tuple[str, ...]


class AdapterBody(BaseModel):
    """One adapter version."""

    name: str
    current: bool = Field(description="Whether it is the one to serve.")
    passed: bool = Field(description="Whether it passed the gate.")
    damage: str = Field(description="Why its lineage or report cannot be read; empty where they can.")
    lineage: dict[str, Any]
    report: dict[str, Any] | None


class CanaryBody(BaseModel):
    """A version that is tried out beside the current one."""

    version: str = Field(description="`base` or a version's name.")
    share: int = Field(description="Percent of the minutes in which it answers.")
    since: int = Field(description="When it began, Unix time.")


class AdapterList(BaseModel):
    """All versions, oldest first."""

    current: str = Field(description="`base` or a version's name.")
    promoted: str = Field(description="The same, unless another is pinned.")
    pinned: str | None = Field(description="Served whatever is promoted; null where none is pinned.")
    canary: CanaryBody | None = Field(description="Tried out beside the current one; null where none is.")
    data: list[AdapterBody]


class Served(BaseModel):
    """Which version is to be served, and what the server answers with; they differ while a swap waits or failed."""

    current: str
    serving: str
    pinned: str | None = Field(default=None, description="Only where one is pinned: it is the current one.")
    promoted: str | None = Field(default=None, description="Only where one is pinned: what is current from unpin on.")
    canary: CanaryBody | None = Field(default=None, description="Only where one is tried out.")
