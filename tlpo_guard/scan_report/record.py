"""What a report keeps of a record beside its answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

__all__ = ["Record", "record_of"]

_TIMES = ("created", "created_at", "timestamp", "time")
_MODEL_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a scanned file.

    Attributes:
        id: its own, or the number of its line.
        created: when it was answered, aware; None where it does not say.
        model: which model answered; None where it does not say.
    """

    id: str
    created: datetime | None
    model: str | None


def record_of(row: Mapping[str, Any], number: int) -> Record:
    """The facts of a record.

    Args:
        row: its time is `created`, `created_at`, `timestamp` or `time`, in seconds of Unix time or ISO 8601; like `model` it
            may also stand in its `response` or `request`.
        number: of its line.
    """
    parts = [part for part in (row, row.get("response"), row.get("request")) if isinstance(part, Mapping)]
    times = (_moment(part[name]) for part in parts for name in _TIMES if name in part)
    models = (part["model"] for part in parts if isinstance(part.get("model"), str))
    model = next(models, None)
    return Record(
        str(row.get("id", number)),
        next((time for time in times if time is not None), None),
        None if model is None else model[:_MODEL_CHARACTERS],
    )


def _moment(value: object) -> datetime | None:
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None
