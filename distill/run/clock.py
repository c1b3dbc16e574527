"""How long a run has worked."""

import time

from distill.run.run_folder import RunFolder

__all__ = ["RunClock"]

_SECONDS = "seconds"


class RunClock:
    """Counts this process's time on top of what those before a crash have kept; time in which none ran does not count.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._before = float(folder.read(_SECONDS) or 0.0)
        self._since = time.monotonic()

    @property
    def seconds(self) -> float:
        """Of all processes so far."""
        return self._before + time.monotonic() - self._since

    def keep(self) -> None:
        """Write the time down, for the process that goes on after a crash."""
        self._folder.write(_SECONDS, self.seconds)
