"""What a store of events is to those who use it: interfaces, and the values that they take and give."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypedDict, Unpack

from tlpo_guard.events.record import Event, EventSketch
from tlpo_guard.guard.points import Action, Kind

__all__ = [
    "LONGEST_PAGE",
    "Deleted",
    "EventFilters",
    "EventLog",
    "EventSink",
    "EventStats",
    "Schedules",
    "Tally",
    "TallyLog",
    "TrainingLog",
]

LONGEST_PAGE = 500  # events


class EventFilters(TypedDict, total=False):
    """What events must be; what is absent or None does not matter, an empty `key` is of those that no key asked for. `since` is
    included, `until` is not."""

    language: str | None
    request_id: str | None
    key: str | None
    user: str | None
    adapter_version: str | None
    model: str | None
    kind: Kind | None
    action: Action | None
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class EventStats:
    """Counts over the whole log; the mean confusion mass is 0 where it is empty.

    Attributes:
        users: how many different ones, those of different keys apart; events without a user do not count.
        by_key: an empty name is of those that no key asked for.
    """

    total: int
    requests: int
    mean_confusion_mass: float
    by_language: dict[str, int]
    by_action: dict[str, int]
    by_adapter: dict[str, int]
    by_kind: dict[str, int]
    users: int
    by_key: dict[str, int]


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion took.

    Attributes:
        by_key: how many events, by the name of the key that asked for them.
        left: where a server that erases at once may still hold their text, and until when; empty where it is gone.
    """

    by_key: dict[str, int]
    left: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many events."""
        return sum(self.by_key.values())


@dataclass(frozen=True, slots=True)
class Tally:
    """What the guard did in one request.

    Attributes:
        stood_back: events at which a drift was let pass.
    """

    events: int
    stood_back: int


class EventLog(Protocol):
    """Logged events, to read and to delete: those of a database, or of a running server.

    Each method raises StoreError where the log cannot be reached.
    """

    @property
    def label(self) -> str:
        """Where the log is, for people, without what is secret in it."""

    def get(self, event_id: str) -> Event:
        """One event.

        Raises:
            EventNotFoundError: no such id.
        """

    def iter(
        self, *, limit: int | None = None, newest_first: bool = False, **filters: Unpack[EventFilters]
    ) -> Iterator[Event]:
        """Events by time, in bounded memory.

        The reader may be as slow as it likes: what is deleted meanwhile may not come, what is added may.
        """

    def page(
        self, *, after: str | None = None, limit: int = 50, **filters: Unpack[EventFilters]
    ) -> tuple[Sequence[Event], str | None]:
        """The next `limit` events, newest first.

        Args:
            after: the cursor that came with the page before; None starts with the newest.
            limit: 1 to `LONGEST_PAGE`.

        Returns:
            The events, and the cursor of the next page; None where there is none.

        Raises:
            ConfigurationError: a cursor that no page came with.
        """

    def stats(self) -> EventStats:
        """Counts over the whole log."""

    def delete(
        self,
        *,
        request_id: str | None = None,
        key: str | None = None,
        user: str | None = None,
        before: datetime | None = None,
    ) -> Deleted:
        """Delete the events that fit all that is given; without a key, those of all keys.

        Raises:
            StoreError: nothing was given.
        """

    def close(self) -> None:
        """Close all connections."""


class TallyLog(Protocol):
    """A log that knows at once what one request has."""

    def tally(self, request_id: str) -> Tally:
        """How many events one request has."""


class EventSink(Protocol):
    """Where new events go."""

    def add(self, events: Sequence[Event], *, with_context: bool = True) -> int:
        """Store events, all or none; those already there are skipped.

        Args:
            events: what to store.
            with_context: False leaves out the prompt's and the answer's ids.

        Returns:
            How many were new.
        """


class TrainingLog(EventLog, Protocol):
    """A log that adapters are trained on: it knows which version learned from which event."""

    def sketches(self, *, not_in: Collection[str] = ()) -> Iterator[EventSketch]:
        """All events without their contexts, in bounded memory.

        Args:
            not_in: adapter versions; events that one of them was trained on are left out.
        """

    def get_many(self, event_ids: Sequence[str]) -> Sequence[Event]:
        """Events by id, in no order; ids that are not there are left out."""

    def missing(self, event_ids: Collection[str]) -> Collection[str]:
        """Those of some ids that no event has."""

    def mark_distilled(self, event_ids: Sequence[str], version: str) -> None:
        """Note which adapter version learned from these events."""


class Schedules(Protocol):
    """How far schedules got, known to all processes that share a database."""

    def done_until(self, name: str) -> datetime | None:
        """The moment up to which a schedule's times are dealt with; None for a schedule that never began."""

    def begin(self, name: str, moment: datetime) -> None:
        """Times before this moment do not count; a schedule that began before is left as it is."""

    def advance(self, name: str, done_until: datetime) -> None:
        """The times up to this moment are dealt with; a later moment that is there already stays."""
