"""Runs of Latin words inside lines of another script, where single ones are neutral."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from tlpo_guard.scan.line_drift import LineScan
from tlpo_guard.scan.result import Drift

if TYPE_CHECKING:
    import regex

__all__ = ["RunScan"]


@cache
def _run() -> "regex.Pattern[str]":
    import regex

    return regex.compile(r"\p{Latin}[\p{Latin}\p{M}'’\-]*(?:[ ,;:.\d]+\p{Latin}[\p{Latin}\p{M}'’\-]*){5,}")


class RunScan:
    """Finds six and more words in a row that are a sentence of another language."""

    def __init__(self, expected: Sequence[str]) -> None:
        self._line = LineScan(expected)

    def drifts(self, text: str) -> Iterator[Drift]:
        """The drifting runs, in order."""
        for found in _run().finditer(text):
            words = found.group().split()
            lower = sum(word[0].islower() for word in words)
            drift = self._line.drift(found.group(), found.start()) if 2 * lower >= len(words) else None
            if drift is not None:  # names and titles are in capitals
                yield Drift(drift.start, drift.end, "word", drift.found, drift.score)
