"""The event store: events, leases and schedules in a database that several processes open at once."""

import dataclasses
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Unpack

from sqlalchemy import URL, ColumnElement, delete, func, select, update

from tlpo_guard.errors import EventNotFoundError, StoreError
from tlpo_guard.events.cursor import Key, cursor, key
from tlpo_guard.events.database import Database, sqlite_url
from tlpo_guard.events.holdings import Holdings
from tlpo_guard.events.lease_table import LeaseTable
from tlpo_guard.events.log import Deleted, EventFilters, EventStats, Tally
from tlpo_guard.events.query import beyond, conditions, index_hint
from tlpo_guard.events.record import Candidate, Event, EventSketch
from tlpo_guard.events.schedule_table import ScheduleTable
from tlpo_guard.events.schema import EventRow
from tlpo_guard.events.sketch import read_sketches
from tlpo_guard.events.traffic_table import TrafficTable
from tlpo_guard.guard.points import Action, Kind
from tlpo_guard.languages.decided_by import DecidedBy

__all__ = ["EventStore"]

_FIELDS = tuple(f.name for f in dataclasses.fields(Event))
_NAMES = {"decided_by": DecidedBy, "kind": Kind, "action": Action}
_FETCH = 500
_WINDOW = 10_000  # keys read at once: sorting them is repeated for every window
_DELETE = 1_000  # rows that one transaction deletes
_BETWEEN = "\n"  # a key's name and a user: names have no line breaks
_PAUSE_SECONDS = 0.005  # between two of them, so that the writer gets its turn


class EventStore:
    """A `TrainingLog` and an `EventSink` in a database, with the leases and schedules of those who share it.

    `open_store` opens one by the URL that people write.

    Args:
        location: an SQLite file, which is made where there is none, or SQLAlchemy's URL of a database.

    Attributes:
        leases: of all processes that open this database.
        schedules: likewise.
        traffic: what the servers on this database answered, in sums.
        holdings: what the log holds, and on whom.

    Raises:
        StoreError: it cannot be opened.
    """

    def __init__(self, location: Path | URL) -> None:
        self._database = Database(sqlite_url(location) if isinstance(location, Path) else location)
        self.leases = LeaseTable(self._database)
        self.schedules = ScheduleTable(self._database)
        self.traffic = TrafficTable(self._database)
        self.holdings = Holdings(self._database)

    @property
    def label(self) -> str:
        """The file or URL for people, without what is secret in it."""
        return self._database.label

    @property
    def path(self) -> Path:
        """The SQLite file.

        Raises:
            StoreError: the store is none.
        """
        return self._database.path

    def add(self, events: Sequence[Event], *, with_context: bool = True) -> int:
        """Store events in one transaction; those already there are skipped.

        Args:
            events: what to store.
            with_context: False leaves out the prompt's and the answer's ids.

        Returns:
            How many were new.
        """
        if not events:
            return 0
        # rowcount is the sum over the batch, and a row that was skipped does not count
        statement = self._database.insert(EventRow).on_conflict_do_nothing()
        statement = statement.execution_options(preserve_rowcount=True)
        with self._database.session() as session:
            result: Any = session.connection().execute(statement, [_row(event, with_context) for event in events])
            session.commit()
            return int(result.rowcount)

    def get(self, event_id: str) -> Event:
        """One event.

        Raises:
            EventNotFoundError: no such id.
        """
        with self._database.session() as session:
            row = session.get(EventRow, event_id)
            if row is None:
                raise EventNotFoundError(f"no event has the id {event_id!r}; `tlpo-guard events list` shows them")
            return _event(row)

    def sketches(self, *, not_in: Collection[str] = ()) -> Iterator[EventSketch]:
        """All events without their contexts, in bounded memory, in the order of the table.

        Args:
            not_in: adapter versions; events that one of them was trained on are left out.
        """
        return read_sketches(self._database, not_in)

    def iter(
        self,
        *,
        limit: int | None = None,
        newest_first: bool = False,
        fresh_only: bool = False,
        **filters: Unpack[EventFilters],
    ) -> Iterator[Event]:
        """Events by time, in bounded memory; `fresh_only` leaves out what a version was trained on.

        No transaction stays open in between, so that a reader may be as slow as it likes: what is deleted meanwhile
        does not come, what is added may.
        """
        wanted = conditions(**filters)
        if fresh_only:
            wanted.append(EventRow.trained_in.is_(None))
        after, left = None, limit
        while left is None or left > 0:
            size = _WINDOW if left is None else min(left, _WINDOW)
            keys = self._keys(wanted, after, size, newest_first)
            for start in range(0, len(keys), _FETCH):
                yield from self._of(keys[start : start + _FETCH])
            if len(keys) < size:
                return
            after = keys[-1]
            left = None if left is None else left - size

    def page(
        self, *, after: str | None = None, limit: int = 50, **filters: Unpack[EventFilters]
    ) -> tuple[list[Event], str | None]:
        """The next `limit` events, newest first.

        Args:
            after: the cursor that came with the page before; None starts with the newest.
            limit: at least 1.

        Returns:
            The events, and the cursor of the next page; None where there is none.

        Raises:
            ConfigurationError: a cursor that no page came with.
        """
        start, hint = None if after is None else key(after), index_hint(**filters)
        keys = self._keys(conditions(**filters), start, limit + 1, newest_first=True, hint=hint)
        kept = keys[:limit]
        return self._of(kept), cursor(kept[-1]) if len(keys) > limit else None

    def _keys(
        self,
        wanted: list[ColumnElement[bool]],
        after: Key | None,
        limit: int,
        newest_first: bool,
        hint: str | None = None,
    ) -> list[Key]:
        """Keys of the events to come. Sorted without the events themselves, which are thousands of bytes each."""
        query = select(EventRow.created_at, EventRow.id).where(*wanted).limit(limit)
        if hint is not None:
            query = query.with_hint(EventRow, hint, "sqlite")
        if after is not None:
            query = query.where(beyond(after, newest_first=newest_first))
        order = (EventRow.created_at, EventRow.id)
        with self._database.session() as session:
            rows = session.execute(query.order_by(*(column.desc() if newest_first else column for column in order)))
            return [(created_at, event_id) for created_at, event_id in rows]

    def _of(self, keys: Sequence[Key]) -> list[Event]:
        """The events of some keys, in that order, less those deleted meanwhile."""
        with self._database.session() as session:
            rows = session.scalars(select(EventRow).where(EventRow.id.in_([event_id for _, event_id in keys])))
            by_id = {row.id: _event(row) for row in rows}
        return [by_id[event_id] for _, event_id in keys if event_id in by_id]

    def stats(self) -> EventStats:
        """Counts by language, action, adapter version and kind."""
        with self._database.session() as session:
            figures = select(
                func.count(),
                func.count(EventRow.request_id.distinct()),
                func.avg(EventRow.confusion_mass),
                func.count((EventRow.key + _BETWEEN + EventRow.user).distinct()),
            )
            total, requests, mean, users = session.execute(figures).one()

            def by(column: Any) -> dict[str, int]:
                rows = session.execute(select(column, func.count()).group_by(column).order_by(func.count().desc()))
                return {str(key): count for key, count in rows}

            return EventStats(
                total=total,
                requests=requests,
                mean_confusion_mass=mean or 0.0,
                by_language=by(EventRow.language),
                by_action=by(EventRow.action),
                by_adapter=by(EventRow.adapter_version),
                by_kind=by(EventRow.kind),
                users=users,
                by_key=by(EventRow.key),
            )

    def tally(self, request_id: str) -> Tally:
        """How many events one request has."""
        query = select(EventRow.action, func.count()).where(EventRow.request_id == request_id).group_by(EventRow.action)
        with self._database.session() as session:
            counts = {str(action): count for action, count in session.execute(query)}
        return Tally(sum(counts.values()), counts.get(str(Action.STOOD_BACK), 0))

    def delete(
        self,
        *,
        request_id: str | None = None,
        key: str | None = None,
        user: str | None = None,
        before: datetime | None = None,
    ) -> Deleted:
        """Delete the events that fit all that is given: request, key, user, age.

        In short transactions, so that events can be written meanwhile; after a failure the rest is still there. What the files
        still hold of them `erase` gets rid of.

        Raises:
            StoreError: nothing was given.
        """
        wanted = conditions(request_id=request_id, key=key, user=user, until=before)
        if not wanted:
            raise StoreError("nothing says which events to delete; give a request, a key, a user or a date")
        chosen = select(EventRow.id).where(*wanted).limit(_DELETE)
        statement = delete(EventRow).where(EventRow.id.in_(chosen)).returning(EventRow.key)
        statement = statement.execution_options(synchronize_session=False)
        gone: Counter[str] = Counter()
        while True:
            with self._database.session() as session:
                keys = session.scalars(statement).all()
                session.commit()
            gone.update(keys)
            if len(keys) < _DELETE:
                break
            time.sleep(_PAUSE_SECONDS)
        self._database.stale |= bool(gone)
        return Deleted(dict(gone.most_common()))

    def erase(self) -> tuple[str, ...]:
        """Get rid of what the files still hold of deleted events. Where something is left, and until when.

        May be called again until nothing is.
        """
        return self._database.erase()

    def compact(self) -> None:
        """Make the file anew, however large it is; whoever writes waits for that. `erase` does the rest.

        Raises:
            StoreError: it cannot be.
        """
        self._database.rewrite()

    def missing(self, event_ids: Collection[str]) -> set[str]:
        """Those of some ids that no event has."""
        missing, wanted = set(event_ids), list(event_ids)
        for start in range(0, len(wanted), _FETCH):
            with self._database.session() as session:
                chosen = EventRow.id.in_(wanted[start : start + _FETCH])
                missing.difference_update(session.scalars(select(EventRow.id).where(chosen)))
        return missing

    def get_many(self, event_ids: Sequence[str]) -> list[Event]:
        """Events by id, in no order, less those that are not there."""
        events: list[Event] = []
        for start in range(0, len(event_ids), _FETCH):
            with self._database.session() as session:
                chosen = EventRow.id.in_(event_ids[start : start + _FETCH])
                events += [_event(row) for row in session.scalars(select(EventRow).where(chosen))]
        return events

    def mark_distilled(self, event_ids: Sequence[str], version: str) -> None:
        """Note which adapter version learned from these events."""
        with self._database.session() as session:
            for start in range(0, len(event_ids), _FETCH):
                chunk = event_ids[start : start + _FETCH]
                session.execute(update(EventRow).where(EventRow.id.in_(chunk)).values(trained_in=version))
            session.commit()

    def close(self) -> None:
        """Close all connections."""
        self._database.close()


def _row(event: Event, with_context: bool) -> dict[str, Any]:
    row = {name: getattr(event, name) for name in _FIELDS} | {name: str(getattr(event, name)) for name in _NAMES}
    row["candidates"] = [[c.token_id, c.logprob, c.drifts] for c in event.candidates]
    row["prompt_ids"] = list(event.prompt_ids) if with_context else []
    row["output_ids"] = list(event.output_ids) if with_context else []
    return row | {"context_hash": event.context_hash}


def _event(row: EventRow) -> Event:
    values = {name: getattr(row, name) for name in _FIELDS}
    try:
        values |= {name: kind(values[name]) for name, kind in _NAMES.items()}
    except ValueError as exc:
        raise StoreError(f"event {row.id} was logged by another version: {exc}; update tlpo-guard") from exc
    values["candidates"] = tuple(Candidate(*c) for c in row.candidates)
    values["prompt_ids"], values["output_ids"] = tuple(row.prompt_ids), tuple(row.output_ids)
    return Event(**values)
