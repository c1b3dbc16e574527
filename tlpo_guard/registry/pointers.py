"""Which version is served, and why."""

from dataclasses import dataclass

from tlpo_guard.registry.canary import Canary

__all__ = ["Pointers"]


@dataclass(frozen=True, slots=True)
class Pointers:
    """Which version is served, and why.

    Attributes:
        promoted: the last one promoted or rolled back to; `base` where none was.
        pinned: the one that is served whatever is promoted; None where none is pinned.
        canary: the one that is tried out beside the current one; None where none is.
    """

    promoted: str
    pinned: str | None
    canary: Canary | None = None

    @property
    def current(self) -> str:
        """The one to serve."""
        return self.pinned or self.promoted
