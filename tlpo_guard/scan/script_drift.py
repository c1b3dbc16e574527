"""Script drift in a whole text, all characters at once."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages.scripts import CODE_POINTS, foreign_table, script_of, writing_system
from tlpo_guard.scan.result import Drift

__all__ = ["ScriptScan"]

_OWN, _FOREIGN, _NEUTRAL = 0, 1, 2


@lru_cache(maxsize=64)
def _kinds(scripts: frozenset[str]) -> NDArray[np.uint8]:
    """Own, foreign or neutral for every code point; uint8 [0x110000]."""
    kinds = np.full(CODE_POINTS, _OWN, dtype=np.uint8)
    kinds[foreign_table(scripts)] = _FOREIGN
    kinds[foreign_table(scripts, neutral=False) & (kinds == _OWN)] = _NEUTRAL
    kinds[ord("\n")] = _OWN  # a stretch ends with its line
    return kinds


class ScriptScan:
    """Finds the stretches of letters in scripts that a policy does not allow."""

    def __init__(self, scripts: frozenset[str]) -> None:
        self._kinds = _kinds(scripts)

    def drifts(self, text: str, exempt: NDArray[np.bool_] | None = None) -> Iterator[Drift]:
        """Stretches of foreign letters, in order; neutral characters between two of them belong to one stretch.

        Args:
            text: the answer.
            exempt: characters that may be foreign; bool [characters].
        """
        if text.isascii() and not self._kinds[ord("a")]:
            return
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        kinds = self._kinds[points]
        foreign = kinds == _FOREIGN
        if exempt is not None:
            foreign &= ~exempt
        at = np.flatnonzero(foreign)
        if not len(at):
            return
        letters = np.concatenate([[0], np.cumsum(~foreign & (kinds != _NEUTRAL))])
        apart = np.flatnonzero(letters[at[1:]] != letters[at[:-1]]) + 1
        for run in np.split(at, apart):
            start, end = int(run[0]), int(run[-1]) + 1
            if end - start > 1 or not _is_symbol(text, start):
                yield from _by_writing_system(text, start, end)


def _by_writing_system(text: str, start: int, end: int) -> Iterator[Drift]:
    """A stretch of foreign letters, cut where another writing system begins."""
    begun, behind, system = start, end, ""
    for at in range(start, end):
        found = writing_system(text[at])
        if found is None:
            continue
        if system and found != system:
            yield Drift(begun, behind, "script", script_of(text[begun]), 1.0)
            begun = at
        system, behind = found, at + 1
    yield Drift(begun, end, "script", script_of(text[begun]), 1.0)


def _is_symbol(text: str, at: int) -> bool:
    """Whether a Greek letter stands for itself, as in formulas: no letter beside it."""
    beside = text[max(at - 1, 0) : at] + text[at + 1 : at + 2]
    return script_of(text[at]) == "Grek" and not any(char.isalpha() for char in beside)
