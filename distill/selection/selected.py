"""The result of a selection: the points, and what was left out for which reason."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from distill.selection.groups import Group
from tlpo_guard.errors import TooFewEventsError

__all__ = ["Cap", "Selected"]


@dataclass(frozen=True, slots=True)
class Cap:
    """Events that were left out because there were too many of their kind.

    Attributes:
        reason: the setting that did it.
        which: the token, request, user or language.
        left_out: how many.
    """

    reason: str
    which: str
    left_out: int


@dataclass(frozen=True, slots=True)
class Selected:
    """The points of a run. Every event that was seen is in a point, dropped or left out, but those deleted meanwhile.

    Attributes:
        seen: events looked at.
        dropped: events that cannot or should not be trained on, by reason.
        capped: what there was too much of, the biggest first, at most twenty.
        left_out: events that any cap has left out.
        weighed: points that counted for less in the draw, by reason.
        first_event: time of the oldest event behind a point; None where there is no point.
        last_event: time of the newest.
    """

    train: list[Group]
    held_out: list[Group]
    seen: int
    dropped: Mapping[str, int]
    capped: tuple[Cap, ...]
    left_out: int = 0
    weighed: Mapping[str, int] = field(default_factory=dict)
    first_event: datetime | None = None
    last_event: datetime | None = None

    @property
    def event_ids(self) -> list[str]:
        """The events behind all points, sorted."""
        return sorted(event_id for group in (*self.train, *self.held_out) for event_id in group.event_ids)

    @property
    def points(self) -> int:
        """Points on both sides."""
        return sum(len(group.points) for group in (*self.train, *self.held_out))

    @property
    def by_language(self) -> dict[str, int]:
        """Points of each language."""
        counts: Counter[str] = Counter()
        for group in (*self.train, *self.held_out):
            counts[group.language] += len(group.points)
        return dict(counts.most_common())

    def require_enough(self, min_events: int) -> None:
        """Whether there is enough to train on and to measure on.

        Raises:
            TooFewEventsError: there is not; says why.
        """
        if self.points >= min_events and self.train and self.held_out:
            return
        why = ", ".join(f"{count} {reason}" for reason, count in self.dropped.items()) or "none left out"
        raise TooFewEventsError(
            f"{self.points} usable events in {len(self.train)} training and {len(self.held_out)} held-out sequences ({why}); "
            f"a run needs {min_events} (--min-events) and both kinds of sequences"
        )

    def as_dict(self) -> dict[str, Any]:
        """For the report."""
        return {
            "events_seen": self.seen,
            "training_points": sum(len(group.points) for group in self.train),
            "held_out_points": sum(len(group.points) for group in self.held_out),
            "by_language": self.by_language,
            "dropped": dict(self.dropped),
            "capped": [{"reason": cap.reason, "which": cap.which, "left_out": cap.left_out} for cap in self.capped],
            "events_capped": self.left_out,
            "weighed_down": dict(self.weighed),
            "first_event": None if self.first_event is None else self.first_event.isoformat(),
            "last_event": None if self.last_event is None else self.last_event.isoformat(),
        }
