"""Tables of the event store."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Index, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["LISTED", "Base", "EventRow", "LeaseRow", "ScheduleRow", "TrafficRow"]


class _Utc(TypeDecorator[datetime]):
    """Aware UTC in Python; SQLite keeps no time zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


_FILTERS = ("language", "key", "user", "adapter_version", "trained_in")  # what readers filter by, in order of time
# One index that answers any mixture of filters without a look at the rows, which are thousands of bytes each.
LISTED = "ix_events_listed"
_LISTED_COLUMNS = ("created_at", "id", "language", "kind", "action", "model", "adapter_version", "key", "user")


class Base(DeclarativeBase):
    """Metadata of the store."""


class EventRow(Base):
    """One event; `trained_in` names the adapter version that learned from it."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("request_id", "context_hash", "position"),
        Index("ix_events_time", "created_at", "id"),
        Index(LISTED, *_LISTED_COLUMNS),
        *(Index(f"ix_events_{name}_time", name, "created_at", "id") for name in _FILTERS),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(_Utc)
    request_id: Mapped[str] = mapped_column(index=True)
    user: Mapped[str | None]
    model: Mapped[str]
    base_fingerprint: Mapped[str]
    tokenizer_fingerprint: Mapped[str]
    adapter_version: Mapped[str]
    language: Mapped[str]
    decided_by: Mapped[str]
    confidence: Mapped[float]
    allow_english: Mapped[bool]
    allow_hanja: Mapped[bool]
    prompt_ids: Mapped[list[int]] = mapped_column(JSON)
    output_ids: Mapped[list[int]] = mapped_column(JSON)
    position: Mapped[int]
    token_id: Mapped[int]
    kind: Mapped[str]
    candidates: Mapped[list[Any]] = mapped_column(JSON)
    confusion_mass: Mapped[float]
    action: Mapped[str]
    replacement_id: Mapped[int | None]
    temperature: Mapped[float]
    top_p: Mapped[float]
    top_k: Mapped[int | None]
    seed: Mapped[int | None]
    detector_version: Mapped[str]
    scripts: Mapped[str] = mapped_column(default="")
    admitted: Mapped[str] = mapped_column(default="")
    claimed: Mapped[str] = mapped_column(default="")
    settled: Mapped[bool | None]
    key: Mapped[str] = mapped_column(default="")
    biased: Mapped[bool | None]
    context_hash: Mapped[str]
    trained_in: Mapped[str | None]


class LeaseRow(Base):
    """Who holds a lease; free where there is no row, or one that has expired.

    Attributes:
        token: of this holding; drawn anew each time.
        host: for people.
        machine: where `pid` means the same process.
        pid_started_at: when the process started, seconds since the machine did.
        seconds: how long a sign of life lasts.
    """

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str]
    host: Mapped[str]
    machine: Mapped[str]
    pid: Mapped[int]
    pid_started_at: Mapped[float]
    since: Mapped[datetime] = mapped_column(_Utc)
    seconds: Mapped[float]
    expires_at: Mapped[datetime] = mapped_column(_Utc)


class ScheduleRow(Base):
    """The moment up to which the times of a schedule are dealt with."""

    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(primary_key=True)
    done_until: Mapped[datetime] = mapped_column(_Utc)


class TrafficRow(Base):
    """Sums over the answers of one minute or one hour, in one language and of one adapter version. Nobody's text.

    Attributes:
        span: seconds of the stretch: 60 or 3600.
        begins_at: of the stretch, Unix time.
        seconds: from the requests to their last bytes, summed.
    """

    __tablename__ = "traffic"

    span: Mapped[int] = mapped_column(primary_key=True)
    begins_at: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    adapter_version: Mapped[str] = mapped_column(primary_key=True)
    answers: Mapped[int]
    tokens: Mapped[int]
    guarded_tokens: Mapped[int]
    confusion_mass: Mapped[float]
    events: Mapped[int]
    interventions: Mapped[int]
    rewinds: Mapped[int]
    stood_back: Mapped[int]
    seconds: Mapped[float]
