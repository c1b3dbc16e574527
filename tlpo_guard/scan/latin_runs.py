"""Runs of Latin words inside lines of another script, where single ones are neutral."""

from collections.abc import Iterator, Sequence

from tlpo_guard.scan.line_drift import LineScan
from tlpo_guard.scan.result import Drift, DriftKind
from tlpo_guard.words.patterns import LATIN_WORD, compiled

__all__ = ["RunScan"]

_RUN = rf"{LATIN_WORD}(?:[ ,;:.\d]+{LATIN_WORD}){{5,}}"


class RunScan:
    """Finds six and more words in a row that are a sentence of another language.

    Args:
        expected: BCP-47 tags of languages in other scripts.
    """

    def __init__(self, expected: Sequence[str]) -> None:
        self._line = LineScan(expected)

    def drifts(self, text: str) -> Iterator[Drift]:
        """The drifting runs, in order."""
        for match in compiled(_RUN).finditer(text):
            words = match.group().split()
            lower_case = sum(word[0].islower() for word in words)
            if 2 * lower_case < len(words):  # names and titles are in capitals
                continue
            drift = self._line.drift(match.group(), match.start())
            if drift is not None:
                yield Drift(drift.start, drift.end, DriftKind.WORD, drift.detected, drift.score)
