"""The traffic's sums in the database: minutes for some days, hours for good."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, fields

from sqlalchemy import delete, func, select

from tlpo_guard.events.database import Database
from tlpo_guard.events.schema import TrafficRow
from tlpo_guard.events.traffic import Traffic, TrafficPoint

__all__ = ["TrafficTable"]

_MINUTE, _HOUR = 60, 3600
_MINUTES_KEPT = 3 * 24 * _HOUR  # seconds
_SUMS = tuple(f.name for f in fields(Traffic))
_KEY = ("span", "begins_at", "language", "adapter_version")


class TrafficTable:
    """Adds up what several servers answer on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, points: Sequence[TrafficPoint]) -> None:
        """Add to the sums of the minutes and hours that some points begin in; minutes of days ago go.

        Raises:
            StoreError: the database fails; nothing was added.
        """
        if not points:
            return
        sums: dict[tuple[int, int, str, str], Traffic] = defaultdict(Traffic)
        for point in points:
            for span in (_MINUTE, _HOUR):
                key = (span, point.begins_at // span * span, point.language, point.adapter_version)
                sums[key] += point.traffic
        rows = [dict(zip(_KEY, key, strict=True)) | asdict(traffic) for key, traffic in sums.items()]
        insert = self._database.insert(TrafficRow)
        summed = {name: getattr(TrafficRow, name) + getattr(insert.excluded, name) for name in _SUMS}
        oldest = max(point.begins_at for point in points) - _MINUTES_KEPT
        with self._database.session() as session:
            session.connection().execute(insert.on_conflict_do_update(index_elements=_KEY, set_=summed), rows)
            session.execute(delete(TrafficRow).where(TrafficRow.span == _MINUTE, TrafficRow.begins_at < oldest))
            session.commit()

    def first(self, since: int) -> int | None:
        """When the first stretch begins that reaches past a moment, Unix time; None where there is none."""
        query = select(func.min(TrafficRow.begins_at)).where(
            TrafficRow.span == _HOUR, TrafficRow.begins_at > since - _HOUR
        )
        with self._database.session() as session:
            found = session.scalar(query)
        return None if found is None else int(found)

    def series(self, since: int, until: int, step: int) -> list[TrafficPoint]:
        """Sums of stretches of time, oldest first.

        Args:
            since: Unix time; included.
            until: Unix time; not included.
            step: length of a stretch, seconds. Below an hour it is of minutes, which are kept for three days.
        """
        span = _MINUTE if step < _HOUR else _HOUR
        step = max(step // span, 1) * span
        begins_at = TrafficRow.begins_at // step * step
        query = (
            select(begins_at, TrafficRow.language, TrafficRow.adapter_version)
            .add_columns(*(func.sum(getattr(TrafficRow, name)) for name in _SUMS))
            .where(TrafficRow.span == span, TrafficRow.begins_at >= since, TrafficRow.begins_at < until)
            .group_by(begins_at, TrafficRow.language, TrafficRow.adapter_version)
            .order_by(begins_at)
        )
        with self._database.session() as session:
            rows = session.execute(query).all()
        return [TrafficPoint(int(row[0]), row[1], row[2], Traffic(*row[3:])) for row in rows]
