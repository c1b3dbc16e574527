"""The event store: SQLite in WAL mode, opened by several processes at once."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, delete, func, select, update
from sqlalchemy import event as sa_event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tlpo_guard.errors import EventNotFoundError, StoreError
from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.events.schema import EventRow

__all__ = ["EventStats", "EventStore"]

_FIELDS = tuple(f.name for f in dataclasses.fields(Event))
_BUSY_MS = 5_000
_FETCH = 500


@dataclass(frozen=True, slots=True)
class EventStats:
    """Counts over the whole log; the mean confusion mass is 0 where it is empty."""

    total: int
    requests: int
    mean_confusion_mass: float
    by_language: dict[str, int]
    by_action: dict[str, int]
    by_adapter: dict[str, int]


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
            raise StoreError(f"cannot open the event store {path}: {exc}; check the folder's rights and space") from exc

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
        statement = insert(EventRow).on_conflict_do_nothing()
        with self._session() as session:
            before = session.scalar(select(func.count()).select_from(EventRow)) or 0
            session.execute(statement, [_row(event, with_context) for event in events])
            after = session.scalar(select(func.count()).select_from(EventRow)) or 0
            session.commit()
        return after - before

    def get(self, event_id: str) -> Event:
        """One event.

        Raises:
            EventNotFoundError: no such id.
        """
        with self._session() as session:
            row = session.get(EventRow, event_id)
            if row is None:
                raise EventNotFoundError(f"no event has the id {event_id!r}; `tlpo-guard events list` shows them")
            return _event(row)

    def iter(
        self,
        *,
        language: str | None = None,
        request_id: str | None = None,
        user: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        newest_first: bool = False,
        fresh_only: bool = False,
    ) -> Iterator[Event]:
        """Events by time, streamed in bounded memory; `fresh_only` leaves out what a version was trained on."""
        query = select(EventRow)
        wanted = {EventRow.language: language, EventRow.request_id: request_id, EventRow.user: user}
        for column, value in wanted.items():
            if value is not None:
                query = query.where(column == value)
        if since is not None:
            query = query.where(EventRow.created_at >= since)
        if until is not None:
            query = query.where(EventRow.created_at < until)
        if fresh_only:
            query = query.where(EventRow.trained_in.is_(None))
        order = EventRow.created_at.desc() if newest_first else EventRow.created_at.asc()
        query = query.order_by(order, EventRow.id).limit(limit).execution_options(yield_per=_FETCH)
        with self._session() as session:
            for row in session.scalars(query):
                yield _event(row)

    def stats(self) -> EventStats:
        """Counts by language, action and adapter version."""
        with self._session() as session:
            figures = select(
                func.count(), func.count(EventRow.request_id.distinct()), func.avg(EventRow.confusion_mass)
            )
            total, requests, mean = session.execute(figures).one()

            def by(column: Any) -> dict[str, int]:
                rows = session.execute(select(column, func.count()).group_by(column).order_by(func.count().desc()))
                return {str(key): count for key, count in rows}

            by_language, by_action = by(EventRow.language), by(EventRow.action)
            return EventStats(total, requests, mean or 0.0, by_language, by_action, by(EventRow.adapter_version))

    def delete(self, *, request_id: str | None = None, user: str | None = None, before: datetime | None = None) -> int:
        """Delete events by request, user or age, whichever is given; how many went.

        Raises:
            StoreError: nothing was given.
        """
        statement = delete(EventRow)
        if request_id is not None:
            statement = statement.where(EventRow.request_id == request_id)
        if user is not None:
            statement = statement.where(EventRow.user == user)
        if before is not None:
            statement = statement.where(EventRow.created_at < before)
        if request_id is None and user is None and before is None:
            raise StoreError("nothing says which events to delete; give a request, a user or a date")
        with self._session() as session:
            result: Any = session.execute(statement)
            session.commit()
            return int(result.rowcount)

    def mark_distilled(self, event_ids: Sequence[str], version: str) -> None:
        """Note which adapter version learned from these events."""
        with self._session() as session:
            for start in range(0, len(event_ids), _FETCH):
                chunk = event_ids[start : start + _FETCH]
                session.execute(update(EventRow).where(EventRow.id.in_(chunk)).values(trained_in=version))
            session.commit()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with Session(self._engine) as session:
                yield session
        except (SQLAlchemyError, OSError) as exc:
            raise StoreError(f"the event store {self.path} failed: {exc}") from exc


def _connect(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")

    @sa_event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


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
