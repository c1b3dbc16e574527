"""What the log holds, and on whom, answered by its indexes however long it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select

from tlpo_guard.events.database import Database
from tlpo_guard.events.schema import EventRow

__all__ = ["Holding", "Holdings"]

Column = Literal["language", "key", "adapter_version"]


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held on one user.

    Attributes:
        by_key: events by the name of the API key that asked.
    """

    user: str
    events: int
    first: datetime
    last: datetime
    by_key: dict[str, int]


class Holdings:
    """Reads what the log holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def values(self, column: Column, limit: int = 200) -> list[str]:
        """The different values of a column, ascending; at most `limit`."""
        return list(self._values(getattr(EventRow, column), "", limit))

    def users(self, prefix: str = "", limit: int = 50) -> list[Holding]:
        """What is held on the users whose names begin so, in the order of their names; at most `limit`."""
        found = []
        for user in self._values(EventRow.user, prefix, limit):
            if not user.startswith(prefix):
                break
            holding = self.of(user)
            if holding is not None:
                found.append(holding)
        return found

    def of(self, user: str) -> Holding | None:
        """What is held on one user; None where nothing is."""
        query = (
            select(EventRow.key, func.count(), func.min(EventRow.created_at), func.max(EventRow.created_at))
            .where(EventRow.user == user)
            .group_by(EventRow.key)
        )
        with self._database.session() as session:
            rows = session.execute(query).all()
        if not rows:
            return None
        by_key = {str(key): int(count) for key, count, *_ in rows}
        first, last = min(row[2] for row in rows), max(row[3] for row in rows)
        return Holding(user, sum(by_key.values()), first, last, by_key)

    def _values(self, column: Any, least: str, limit: int) -> Iterator[str]:
        """From one value to the next by the column's index: what it costs depends on how many there are, not on the rows."""
        wanted = column >= least
        for _ in range(limit):
            with self._database.session() as session:
                value = session.scalar(select(func.min(column)).where(wanted))
            if value is None:
                return
            yield str(value)
            wanted = column > value
