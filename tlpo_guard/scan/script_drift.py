"""Script drift in a whole text, all characters at once."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages.scripts import (
    code_points,
    foreign_classes,
    letter_classes,
    script_of,
    writing_system,
)
from tlpo_guard.scan.result import Drift, DriftKind

__all__ = ["ScriptScan"]


class ScriptScan:
    """Finds the stretches of letters in scripts that a policy does not allow.

    Args:
        scripts: ISO 15924 codes of the allowed scripts.
    """

    def __init__(self, scripts: frozenset[str]) -> None:
        self._foreign = foreign_classes(scripts)
        self._neutral = foreign_classes(scripts, neutral=False) & ~self._foreign
        self._latin_is_foreign = bool(self._foreign[letter_classes()[ord("a")]])

    def drifts(self, text: str, exempt: NDArray[np.bool_] | None = None) -> Iterator[Drift]:
        """Stretches of foreign letters, in order; neutral characters between two of them belong to one stretch.

        Args:
            text: the answer.
            exempt: characters that may be foreign; bool [characters].
        """
        if text.isascii() and not self._latin_is_foreign:
            return
        points = code_points(text)
        classes = letter_classes()[points]
        foreign = self._foreign[classes]
        if exempt is not None:
            foreign &= ~exempt
        offsets = np.flatnonzero(foreign)
        if not len(offsets):
            return
        parts = ~self._neutral[classes] | (points == ord("\n"))  # a stretch ends with its line
        parts_before = np.concatenate([[0], np.cumsum(~foreign & parts)])
        cuts = np.flatnonzero(parts_before[offsets[1:]] != parts_before[offsets[:-1]]) + 1
        for stretch in np.split(offsets, cuts):
            start, end = int(stretch[0]), int(stretch[-1]) + 1
            if end - start > 1 or not _is_symbol(text, start):
                yield from _by_writing_system(text, start, end)


def _by_writing_system(text: str, start: int, end: int) -> Iterator[Drift]:
    """A stretch of foreign letters, cut where another writing system begins."""
    part_start, part_end, part_system = start, end, ""
    for offset in range(start, end):
        system = writing_system(text[offset])
        if system is None:
            continue
        if part_system and system != part_system:
            yield _drift(text, part_start, part_end)
            part_start = offset
        part_system, part_end = system, offset + 1
    yield _drift(text, part_start, end)


def _drift(text: str, start: int, end: int) -> Drift:
    return Drift(start, end, DriftKind.SCRIPT, script_of(text[start]), 1.0)


def _is_symbol(text: str, offset: int) -> bool:
    """Whether a Greek letter stands for itself, as in formulas: no letter beside it."""
    neighbours = text[max(offset - 1, 0) : offset] + text[offset + 1 : offset + 2]
    return script_of(text[offset]) == "Grek" and not any(char.isalpha() for char in neighbours)
