"""Which events, and where a reader stands among them."""

import base64
import re
from datetime import UTC, datetime
from typing import TypedDict

from sqlalchemy import ColumnElement, and_, or_

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.events.schema import EventRow

__all__ = ["EventFilters", "Key", "beyond", "conditions", "cursor", "key"]

Key = tuple[datetime, str]  # created_at and id: the order of events, with no two alike

_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,1024}")


class EventFilters(TypedDict, total=False):
    """What events must be; what is absent or None does not matter. `since` is included, `until` is not."""

    language: str | None
    request_id: str | None
    user: str | None
    adapter_version: str | None
    kind: str | None
    action: str | None
    since: datetime | None
    until: datetime | None


def conditions(
    *, since: datetime | None = None, until: datetime | None = None, **equal: str | None
) -> list[ColumnElement[bool]]:
    """The filters as conditions on rows."""
    found: list[ColumnElement[bool]] = [
        getattr(EventRow, name) == value for name, value in equal.items() if value is not None
    ]
    if since is not None:
        found.append(EventRow.created_at >= since)
    if until is not None:
        found.append(EventRow.created_at < until)
    return found


def beyond(after: Key, *, newest_first: bool) -> ColumnElement[bool]:
    """Rows that follow a key in either order; the bound on the time comes first, so that its index serves."""
    when, last = after
    if newest_first:
        return and_(EventRow.created_at <= when, or_(EventRow.created_at < when, EventRow.id < last))
    return and_(EventRow.created_at >= when, or_(EventRow.created_at > when, EventRow.id > last))


def cursor(last: Key) -> str:
    """A key as opaque text for URLs."""
    text = f"{last[0].astimezone(UTC).isoformat()} {last[1]}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def key(text: str) -> Key:
    """The key of a cursor.

    Raises:
        ConfigurationError: `cursor` did not make it.
    """
    try:
        if not _CURSOR.fullmatch(text):
            raise ValueError("not a cursor's alphabet")
        when, _, last = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
        found = datetime.fromisoformat(when).astimezone(UTC), last
        if cursor(found) != text:
            raise ValueError("not in a cursor's form")
    except (ValueError, OverflowError) as exc:
        message = f"{text[:40]!r} is no cursor of this log; take next_cursor of the page before, or leave it out"
        raise ConfigurationError(message) from exc
    return found
