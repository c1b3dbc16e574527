"""Filters and positions as conditions on rows."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from tlpo_guard.events.cursor import Key
from tlpo_guard.events.schema import EventRow

__all__ = ["beyond", "conditions"]


def conditions(
    *, since: datetime | None = None, until: datetime | None = None, **equal: str | None
) -> list[ColumnElement[bool]]:
    """`EventFilters` as conditions on rows."""
    wanted: list[ColumnElement[bool]] = [
        getattr(EventRow, name) == str(value) for name, value in equal.items() if value is not None
    ]
    if since is not None:
        wanted.append(EventRow.created_at >= since)
    if until is not None:
        wanted.append(EventRow.created_at < until)
    return wanted


def beyond(after: Key, *, newest_first: bool) -> ColumnElement[bool]:
    """Rows that follow a key in either order; the bound on the time comes first, so that its index serves."""
    when, last = after
    if newest_first:
        return and_(EventRow.created_at <= when, or_(EventRow.created_at < when, EventRow.id < last))
    return and_(EventRow.created_at >= when, or_(EventRow.created_at > when, EventRow.id > last))
