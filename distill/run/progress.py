"""How far a run is."""

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from tlpo_guard.run_progress import RunProgress, progress_file, write_progress

__all__ = ["Progress", "Watched", "WatchedProgress", "no_progress"]

Watched = Callable[[str, int, int], None]
"""Called with a stage, how much of it is done, and of how much."""

logger = logging.getLogger(__name__)


class Progress(Protocol):
    """Told of what takes long."""

    def __call__(self, stage: str, done: int, total: int, figures: Mapping[str, Any] | None = None) -> None:
        """A stage, how much of it is done, of how much, and the figures of the optimizer step that ended, if one did."""


def no_progress(stage: str, done: int, total: int, figures: Mapping[str, Any] | None = None) -> None:
    """A `Progress` for runs that nobody watches."""


class WatchedProgress:
    """A `Progress` that others can read in the data folder while the run lasts.

    Args:
        watched: is told as well.
    """

    def __init__(self, data_dir: Path, watched: Watched | None = None) -> None:
        self._data_dir = data_dir
        self._watched = watched
        self._steps: list[Mapping[str, Any]] = []
        self._stage, self._first, self._began = "", 0, 0.0

    def __call__(self, stage: str, done: int, total: int, figures: Mapping[str, Any] | None = None) -> None:
        now = time.time()
        if stage != self._stage:
            self._stage, self._first, self._began = stage, done, now
        if figures is not None:
            self._steps.append({"step": done, **figures})
        try:
            write_progress(self._data_dir, RunProgress(stage, done, total, self._first, self._began, now, self._steps))
        except OSError as exc:
            logger.warning("the run goes on, but cannot say how far it is: %s", exc)
        if self._watched is not None:
            self._watched(stage, done, total)

    def end(self) -> None:
        """Nothing is under way any more."""
        progress_file(self._data_dir).unlink(missing_ok=True)
