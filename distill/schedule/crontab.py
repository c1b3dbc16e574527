"""Times in the notation of crontab(5)."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tlpo_guard.errors import ConfigurationError

__all__ = ["cron_trigger", "is_due"]

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")  # cron's 0 to 6


def cron_trigger(expression: str, timezone: str | None = None) -> Any:
    """An APScheduler trigger for five fields: minute, hour, day of month, month, day of week.

    As cron has it, and APScheduler does not: Sunday is 0 or 7, and where both days are named, either will do.

    Args:
        expression: such as `0 3 * * 1-5`.
        timezone: an IANA name such as `Europe/Berlin`; None is this machine's.

    Raises:
        ConfigurationError: no such expression or time zone, or a time that never comes.
    """
    fields = expression.split()
    if len(fields) != 5:
        raise ConfigurationError(
            f"the cron expression {expression!r} has {len(fields)} fields and needs five: minute, hour, day of month,"
            " month, day of week, such as `0 3 * * *`"
        )
    try:
        trigger = _trigger(fields, None if timezone is None else _zone(timezone))
        comes = trigger.get_next_fire_time(None, datetime.now(UTC)) is not None
    except (ValueError, TypeError) as exc:
        reason = str(exc) or "not in cron's notation"
        raise ConfigurationError(f"the cron expression {expression!r} cannot be read: {reason}") from exc
    if not comes:
        raise ConfigurationError(f"the cron expression {expression!r} names a time that never comes")
    return trigger


def is_due(trigger: Any, since: datetime, now: datetime) -> bool:
    """Whether one of the trigger's times lies after `since` and not after `now`; both aware."""
    following = trigger.get_next_fire_time(since, now)
    return following is not None and following <= now


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as exc:  # names are looked up as files
        raise ConfigurationError(f"there is no time zone {name!r}; give an IANA name such as Europe/Berlin") from exc


def _trigger(fields: list[str], zone: ZoneInfo | None) -> Any:
    from apscheduler.triggers.combining import OrTrigger
    from apscheduler.triggers.cron import CronTrigger

    minute, hour, day, month, weekday = fields
    names = _weekdays(weekday)
    common = {"minute": minute, "hour": hour, "month": month, "timezone": zone}
    if day.startswith("*") or weekday.startswith("*"):
        return CronTrigger(day=day, day_of_week=names, **common)
    return OrTrigger([CronTrigger(day=day, **common), CronTrigger(day_of_week=names, **common)])


def _weekdays(field: str) -> str:
    """Cron's days of the week as names, since APScheduler counts from Monday."""
    if field == "*":
        return field
    chosen = {day % 7 for part in field.lower().split(",") for day in _days(part)}
    return ",".join(_DAYS[day] for day in sorted(chosen))


def _days(part: str) -> range:
    """Numbers of the days that `1`, `mon`, `1-5`, `mon-fri/2` or `*/2` names."""
    days, slash, step = part.partition("/")
    first, dash, last = ("0", "-", "6") if days == "*" else days.partition("-")
    start = _day(first)
    end = _day(last) if dash else (6 if slash else start)
    if end < start:
        raise ValueError(f"the days {part!r} run backwards")
    return range(start, end + 1, int(step) if slash else 1)


def _day(text: str) -> int:
    if text in _DAYS:
        return _DAYS.index(text)
    if text.isascii() and text.isdigit() and int(text) <= 7:
        return int(text)
    raise ValueError(f"{text!r} is no day of the week; give 0 (Sunday) to 7 or sun to sat")
