"""Filters and positions as conditions on rows."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from tlpo_guard.events.cursor import Key
from tlpo_guard.events.schema import LISTED, EventRow

__all__ = ["beyond", "conditions", "index_hint"]

_UNINDEXED = {"kind", "action", "model"}  # but in the index that lists
_SELECTIVE = {"request_id", "user"}  # few rows have the same


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


def index_hint(**filters: object) -> str | None:
    """How SQLite is told to use the index that knows all filters; None where one of a filter's own is the better one.

    Left to itself it takes that of one filter and looks at each row for the others.
    """
    given = {name for name, value in filters.items() if value is not None} - {"since", "until"}
    if given & _SELECTIVE or not (given & _UNINDEXED or len(given) > 1):
        return None
    return f"INDEXED BY {LISTED}"


def beyond(after: Key, *, newest_first: bool) -> ColumnElement[bool]:
    """Rows that follow a key in either order; the bound on the time comes first, so that its index serves."""
    when, last = after
    if newest_first:
        return and_(EventRow.created_at <= when, or_(EventRow.created_at < when, EventRow.id < last))
    return and_(EventRow.created_at >= when, or_(EventRow.created_at > when, EventRow.id > last))
