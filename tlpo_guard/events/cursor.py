"""Where a reader stands in the log, as text for URLs."""

import base64
import re
from datetime import UTC, datetime

from tlpo_guard.errors import ConfigurationError

__all__ = ["Key", "cursor", "key"]

Key = tuple[datetime, str]  # created_at and id: the order of events, with no two alike

_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,1024}")


def cursor(last: Key) -> str:
    """The opaque text of a key."""
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
        position = datetime.fromisoformat(when).astimezone(UTC), last
        if cursor(position) != text:
            raise ValueError("not in a cursor's form")
    except (ValueError, OverflowError) as exc:
        message = f"{text[:40]!r} is no cursor of this log; take next_cursor of the page before, or leave it out"
        raise ConfigurationError(message) from exc
    return position
