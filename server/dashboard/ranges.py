"""The stretches of time that the overview can show, and how finely."""

from dataclasses import dataclass

__all__ = ["RANGES", "Range", "range_named", "step_of"]

_HOUR, _DAY = 3600, 24 * 3600
_STEPS = (60, 300, 900, _HOUR, 2 * _HOUR, 8 * _HOUR, _DAY, 4 * _DAY)  # lengths of one point of a chart, seconds
_POINTS = 100  # at most in a chart


@dataclass(frozen=True, slots=True)
class Range:
    """A stretch of time up to now.

    Attributes:
        seconds: its length.
    """

    name: str
    title: str
    seconds: int


RANGES = (
    Range("hour", "Last hour", _HOUR),
    Range("day", "Last day", _DAY),
    Range("week", "Last week", 7 * _DAY),
    Range("month", "Last 30 days", 30 * _DAY),
    Range("year", "Last year", 365 * _DAY),
)


def range_named(name: str) -> Range:
    """The stretch of this name; the day where there is none."""
    return next((one for one in RANGES if one.name == name), RANGES[1])


def step_of(seconds: int) -> int:
    """Length of one point where a chart shows so many seconds."""
    return next((step for step in _STEPS if seconds <= _POINTS * step), _STEPS[-1])
