"""The event store: SQLite in WAL mode, opened by several processes at once."""

import dataclasses
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Unpack

from alembic import command
from alembic.config import Config
from sqlalchemy import ColumnElement, Engine, create_engine, delete, func, select, update
from sqlalchemy import event as sa_event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from tlpo_guard.errors import EventNotFoundError, StoreError
from tlpo_guard.events.query import EventFilters, Key, beyond, conditions, cursor, key
from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.events.schema import EventRow

__all__ = ["EventStats", "EventStore"]

_FIELDS = tuple(f.name for f in dataclasses.fields(Event))
_BUSY_MS = 5_000
_FETCH = 500
_WINDOW = 10_000  # keys read at once: sorting them is repeated for every window
_DELETE = 1_000  # rows that one transaction deletes
_PAUSE_SECONDS = 0.005  # between two of them, so that the writer gets its turn


@dataclass(frozen=True, slots=True)
class EventStats:
    """Counts over the whole log; the mean confusion mass is 0 where it is empty.

    Attributes:
        users: how many different ones; events without a user do not count.
    """

    total: int
    requests: int
    mean_confusion_mass: float
    by_language: dict[str, int]
    by_action: dict[str, int]
    by_adapter: dict[str, int]
    by_kind: dict[str, int]
    users: int


class EventStore:
    """Opens the store at a path, and brings its tables up to date."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._engine = _connect(path)
            with self._engine.begin() as connection:
                config = Config()
                config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except (OSError, SQLAlchemyError) as exc:
            message = f"cannot open the event store {path}: {_reason(exc)}; check the folder's rights and space"
            raise StoreError(message) from exc

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
        statement = insert(EventRow).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        with self.session() as session:
            result: Any = session.connection().execute(statement, [_row(event, with_context) for event in events])
            session.commit()
            return int(result.rowcount)

    def get(self, event_id: str) -> Event:
        """One event.

        Raises:
            EventNotFoundError: no such id.
        """
        with self.session() as session:
            row = session.get(EventRow, event_id)
            if row is None:
                raise EventNotFoundError(f"no event has the id {event_id!r}; `tlpo-guard events list` shows them")
            return _event(row)

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
        keys = self._keys(conditions(**filters), None if after is None else key(after), limit + 1, newest_first=True)
        kept = keys[:limit]
        return self._of(kept), cursor(kept[-1]) if len(keys) > limit else None

    def export_user(self, user: str) -> Iterator[Event]:
        """Everything held on a user, oldest first."""
        return self.iter(user=user)

    def _keys(self, wanted: list[ColumnElement[bool]], after: Key | None, limit: int, newest_first: bool) -> list[Key]:
        """Keys of the events to come. Sorted without the events themselves, which are thousands of bytes each."""
        query = select(EventRow.created_at, EventRow.id).where(*wanted).limit(limit)
        if after is not None:
            query = query.where(beyond(after, newest_first=newest_first))
        order = (EventRow.created_at, EventRow.id)
        with self.session() as session:
            rows = session.execute(query.order_by(*(column.desc() if newest_first else column for column in order)))
            return [(created_at, event_id) for created_at, event_id in rows]

    def _of(self, keys: Sequence[Key]) -> list[Event]:
        """The events of some keys, in that order, less those deleted meanwhile."""
        with self.session() as session:
            rows = session.scalars(select(EventRow).where(EventRow.id.in_([event_id for _, event_id in keys])))
            found = {row.id: _event(row) for row in rows}
        return [found[event_id] for _, event_id in keys if event_id in found]

    def stats(self) -> EventStats:
        """Counts by language, action, adapter version and kind."""
        with self.session() as session:
            figures = select(
                func.count(),
                func.count(EventRow.request_id.distinct()),
                func.avg(EventRow.confusion_mass),
                func.count(EventRow.user.distinct()),
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
            )

    def delete(self, *, request_id: str | None = None, user: str | None = None, before: datetime | None = None) -> int:
        """Delete the events that fit all that is given: request, user, age. How many went.

        In short transactions, so that events can be written meanwhile; after a failure the rest is still there.

        Raises:
            StoreError: nothing was given.
        """
        wanted = conditions(request_id=request_id, user=user, until=before)
        if not wanted:
            raise StoreError("nothing says which events to delete; give a request, a user or a date")
        chosen = select(EventRow.id).where(*wanted).limit(_DELETE)
        statement = delete(EventRow).where(EventRow.id.in_(chosen)).execution_options(synchronize_session=False)
        gone = 0
        while True:
            with self.session() as session:
                result: Any = session.execute(statement)
                session.commit()
                count = int(result.rowcount)
            gone += count
            if count < _DELETE:
                return gone
            time.sleep(_PAUSE_SECONDS)

    def get_many(self, event_ids: Sequence[str]) -> list[Event]:
        """Events by id, in no order, less those that are not there."""
        found: list[Event] = []
        for start in range(0, len(event_ids), _FETCH):
            with self.session() as session:
                chosen = EventRow.id.in_(event_ids[start : start + _FETCH])
                found += [_event(row) for row in session.scalars(select(EventRow).where(chosen))]
        return found

    def mark_distilled(self, event_ids: Sequence[str], version: str) -> None:
        """Note which adapter version learned from these events."""
        with self.session() as session:
            for start in range(0, len(event_ids), _FETCH):
                chunk = event_ids[start : start + _FETCH]
                session.execute(update(EventRow).where(EventRow.id.in_(chunk)).values(trained_in=version))
            session.commit()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction on the store; ended without `commit` it leaves nothing.

        Raises:
            StoreError: the store fails.
        """
        try:
            with Session(self._engine) as session:
                yield session
        except (SQLAlchemyError, OSError) as exc:
            raise StoreError(f"the event store {self.path} failed: {_reason(exc)}") from exc


def _connect(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)  # else errors in logs would hold prompts
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", f"busy_timeout={_BUSY_MS}")

    @sa_event.listens_for(engine, "connect")
    def _set(connection: Any, _: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _reason(exc: Exception) -> str:
    """What SQLite said, without the statement."""
    return str(exc.orig if isinstance(exc, DBAPIError) else exc)


def _row(event: Event, with_context: bool) -> dict[str, Any]:
    row = {name: getattr(event, name) for name in _FIELDS}
    row["candidates"] = [[c.token_id, c.logprob, c.drifts] for c in event.candidates]
    row["prompt_ids"] = list(event.prompt_ids) if with_context else []
    row["output_ids"] = list(event.output_ids) if with_context else []
    return row | {"context_hash": event.context_hash}


def _event(row: EventRow) -> Event:
    values = {name: getattr(row, name) for name in _FIELDS}
    values["candidates"] = tuple(Candidate(*c) for c in row.candidates)
    values["prompt_ids"], values["output_ids"] = tuple(row.prompt_ids), tuple(row.output_ids)
    return Event(**values)
