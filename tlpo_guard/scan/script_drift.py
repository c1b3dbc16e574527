"""Script drift in a whole text, all characters at once."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages.scripts import (
    code_points,
    foreign_classes,
    letter_classes,
    script_of,
    writing_system,
)
from tlpo_guard.scan.lone_letters import is_symbol
from tlpo_guard.scan.result import Drift, DriftKind

__all__ = ["ScriptScan", "whole_words"]

_LONGEST_HAN_WORD = 4  # characters from one that is foreign to the next


class ScriptScan:
    """Finds the stretches of letters in scripts that a policy does not allow.

    Args:
        scripts: ISO 15924 codes of the allowed scripts.
    """

    def __init__(self, scripts: frozenset[str]) -> None:
        self._foreign = foreign_classes(scripts)
        self._neutral = foreign_classes(scripts, neutral=False) & ~self._foreign
        self._latin_is_foreign = bool(self._foreign[letter_classes()[ord("a")]])

    def foreign(self, points: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Which code points are foreign letters; bool [characters]."""
        return self._foreign[letter_classes()[points]]

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
        for stretch in np.split(
            offsets, [cut for cut in cuts if not _in_one_word(text, offsets[cut - 1], offsets[cut])]
        ):
            yield from _by_writing_system(text, stretch.tolist())


def whole_words(text: str, start: int, end: int) -> str:
    """A stretch with the rest of the words that it begins and ends in, though their other letters are not foreign."""
    first, last = script_of(text[start]), script_of(text[end - 1])
    while start > 0 and script_of(text[start - 1]) == first:
        start -= 1
    while end < len(text) and script_of(text[end]) == last:
        end += 1
    return text[start:end]


def _in_one_word(text: str, offset: int, other: int) -> bool:
    """Whether only letters of their script stand between two foreign letters: a word that is foreign for some of its letters."""
    script = script_of(text[offset])
    if script != script_of(text[other]) or (script == "Hani" and other - offset > _LONGEST_HAN_WORD):
        return False
    return all(script_of(char) == script for char in text[offset + 1 : other])


def _by_writing_system(text: str, offsets: list[int]) -> Iterator[Drift]:
    """A stretch of foreign letters, cut where another writing system begins, without the parts that are nothing but symbols."""
    systems = [writing_system(text[offset]) for offset in offsets]
    first = 0
    for place in range(1, len(offsets) + 1):
        if place == len(offsets) or systems[place] not in (systems[place - 1], None):
            part = offsets[first:place]
            first = place
            if not all(is_symbol(text, start, end) for start, end in _runs(part)):
                yield _drift(text, part[0], part[-1] + 1)


def _runs(offsets: list[int]) -> Iterator[tuple[int, int]]:
    """The letters at some offsets, by those that stand in a row: where these begin and end."""
    start = offsets[0]
    for offset, following in pairwise([*offsets, -1]):
        if following != offset + 1:
            yield start, offset + 1
            start = following


def _drift(text: str, start: int, end: int) -> Drift:
    return Drift(start, end, DriftKind.SCRIPT, script_of(text[start]), 1.0)
