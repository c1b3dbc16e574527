"""How far a run is."""

from collections.abc import Callable

__all__ = ["Progress", "no_progress"]

Progress = Callable[[str, int, int], None]
"""Called with a stage, how much of it is done, and of how much."""


def no_progress(stage: str, done: int, total: int) -> None:
    """A `Progress` for runs that nobody watches."""
