"""Leases in the store's database."""

import dataclasses
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update

from tlpo_guard.events.database import Database
from tlpo_guard.events.lease import Holding
from tlpo_guard.events.schema import LeaseRow

__all__ = ["LeaseTable"]

_FIELDS = tuple(field.name for field in dataclasses.fields(Holding))


class LeaseTable:
    """`Leases` in a database; each method raises StoreError where it fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def holding(self, name: str) -> Holding | None:
        with self._database.session() as session:
            row = session.scalar(select(LeaseRow).where(LeaseRow.name == name))
            return None if row is None else Holding(**{field: getattr(row, field) for field in _FIELDS})

    def take(self, wanted: Holding, *, dead_token: str | None = None) -> bool:
        values = {field: getattr(wanted, field) for field in _FIELDS}
        changed = {field: value for field, value in values.items() if field != "name"}
        free = or_(LeaseRow.expires_at <= wanted.since, LeaseRow.token == dead_token)
        statement = (
            self._database.insert(LeaseRow)
            .values(**values)
            .on_conflict_do_update(index_elements=["name"], set_=changed, where=free)
            .returning(LeaseRow.token)
        )
        with self._database.session() as session:
            won = session.execute(statement).first() is not None
            session.commit()
        return won

    def renew(self, name: str, token: str, expires_at: datetime) -> bool:
        mine = update(LeaseRow).where(LeaseRow.name == name, LeaseRow.token == token)
        with self._database.session() as session:
            result: Any = session.execute(mine.values(expires_at=expires_at))
            session.commit()
            return bool(result.rowcount)

    def release(self, name: str, token: str) -> None:
        with self._database.session() as session:
            session.execute(delete(LeaseRow).where(LeaseRow.name == name, LeaseRow.token == token))
            session.commit()
