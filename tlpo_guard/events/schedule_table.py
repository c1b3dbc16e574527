"""How far schedules got, in the store's database."""

from datetime import datetime

from sqlalchemy import case, select

from tlpo_guard.events.database import Database
from tlpo_guard.events.schema import ScheduleRow

__all__ = ["ScheduleTable"]


class ScheduleTable:
    """`Schedules` in a database; each method raises StoreError where it fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def done_until(self, name: str) -> datetime | None:
        with self._database.session() as session:
            return session.scalar(select(ScheduleRow.done_until).where(ScheduleRow.name == name))

    def begin(self, name: str, moment: datetime) -> None:
        statement = self._database.insert(ScheduleRow).values(name=name, done_until=moment)
        self._write(statement.on_conflict_do_nothing())

    def advance(self, name: str, done_until: datetime) -> None:
        statement = self._database.insert(ScheduleRow).values(name=name, done_until=done_until)
        given, kept = statement.excluded.done_until, ScheduleRow.done_until
        latest = case((kept > given, kept), else_=given)
        self._write(statement.on_conflict_do_update(index_elements=["name"], set_={"done_until": latest}))

    def _write(self, statement: object) -> None:
        with self._database.session() as session:
            session.execute(statement)  # type: ignore[call-overload]
            session.commit()
