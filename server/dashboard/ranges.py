"""The stretches of time that the overview can show."""

from dataclasses import dataclass

__all__ = ["RANGES", "Range", "range_named"]


@dataclass(frozen=True, slots=True)
class Range:
    """A stretch of time up to now.

    Attributes:
        seconds: its length.
        step: length of one point of a chart, seconds.
    """

    name: str
    title: str
    seconds: int
    step: int


_HOUR, _DAY = 3600, 24 * 3600
RANGES = (
    Range("hour", "Last hour", _HOUR, 60),
    Range("day", "Last day", _DAY, 900),
    Range("week", "Last week", 7 * _DAY, 2 * _HOUR),
    Range("month", "Last 30 days", 30 * _DAY, 8 * _HOUR),
    Range("year", "Last year", 365 * _DAY, 4 * _DAY),
)


def range_named(name: str) -> Range:
    """The stretch of this name; the day where there is none."""
    return next((one for one in RANGES if one.name == name), RANGES[1])
