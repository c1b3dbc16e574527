"""Where the sentences, clauses, headings and cells of a text end."""

from enum import IntEnum

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
    found = [(match.start(), _KINDS[str(match.lastgroup)]) for match in compiled(_BORDERS).finditer(text)]
    strongest = np.zeros(len(starts), dtype=np.int8)
    if found:
        places = np.asarray([place for place, _ in found])
        kinds = np.asarray([kind for _, kind in found], dtype=np.int8)
        behind = np.searchsorted(starts, places)  # the word that follows each
        inside = behind < len(starts)
        np.maximum.at(strongest, behind[inside], kinds[inside])
    if len(strongest):
        strongest[0] = Border.LINE
    return strongest
