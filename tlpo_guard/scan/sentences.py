"""Where the sentences, clauses, headings and cells of a text end."""

from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.words.patterns import compiled

__all__ = ["Border", "borders"]


class Border(IntEnum):
    """What stands between two words, the stronger the higher."""

    NONE = 0
    CLAUSE = 1  # commas, brackets, dashes
    SENTENCE = 2
    LINE = 3  # and cells of a table, strings of JSON


_BORDERS = r"""(?x)
    (?P<line>[\n\r\t|\u2028]|"\s*+[,:}\]]|[{,:\[]\s*+")
  | (?P<sentence>[.!?…]["'”’»)*_]{0,3}(?=\s|$)|[。！？؟۔।॥]|[.!?]\s)
  | (?P<clause>[,;:()\[\]“”„«»"，；：、（）「」『』،؛*]|\s[–—-]\s|—)
"""
_KINDS = {"line": Border.LINE, "sentence": Border.SENTENCE, "clause": Border.CLAUSE}


def borders(text: str, starts: NDArray[np.int64]) -> NDArray[np.int8]:
    """The strongest border between each word and the one before it; int8 [words], `LINE` for the first.

    Args:
        text: any.
        starts: offsets of the words, ascending; int64 [words].
    """
    places, kinds = _found(text)
    strongest = np.zeros(len(starts), dtype=np.int8)
    if len(places):
        behind = np.searchsorted(starts, places)  # the word that follows each
        inside = behind < len(starts)
        np.maximum.at(strongest, behind[inside], kinds[inside])
    if len(strongest):
        strongest[0] = Border.LINE
    return strongest


@lru_cache(maxsize=4)
def _found(text: str) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Where the borders of a text begin, and which they are; int64 [borders], int8 [borders]. Several rules ask of one text."""
    matches = list(compiled(_BORDERS).finditer(text))
    places = np.fromiter((match.start() for match in matches), dtype=np.int64, count=len(matches))
    kinds = np.fromiter((_KINDS[str(match.lastgroup)] for match in matches), dtype=np.int8, count=len(matches))
    return places, kinds
