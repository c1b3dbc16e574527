"""A canary beside its control: what both answered since it began."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.dashboard.series import Compared, compared
from tlpo_guard.events.opening import EventStore
from tlpo_guard.events.traffic import Traffic
from tlpo_guard.registry import Canary, Pointers

__all__ = ["CanaryView", "canary_view"]

_MINUTE, _HOUR = 60, 3600
_BY_MINUTES = 48 * _HOUR  # seconds; minutes are kept a little longer


@dataclass(frozen=True, slots=True)
class CanaryView:
    """The canary and the version that everybody else gets.

    Attributes:
        sides: the canary, then its control.
    """

    canary: Canary
    sides: Sequence[Compared]


def canary_view(pointers: Pointers, store: EventStore, now: int) -> CanaryView | None:
    """What both answered since the canary began; None where there is none."""
    canary = pointers.canary
    if canary is None:
        return None
    step = _MINUTE if now - canary.since < _BY_MINUTES else _HOUR
    points = store.traffic.series(canary.since // step * step, now + 1, step)
    answered = {one.version: one.traffic for one in compared(points)}
    sides = [Compared(version, answered.get(version, Traffic())) for version in (canary.version, pointers.current)]
    return CanaryView(canary, sides)
