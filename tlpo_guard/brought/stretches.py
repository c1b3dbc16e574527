"""A text as the stretches of letters of one writing system, so that what stands in it is found by searching a string."""

import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages.relations import SCRIPTS_OF_CHINESE_AND_JAPANESE
from tlpo_guard.languages.scripts import NEUTRAL, code_points, script_ids, script_names

__all__ = ["HARD", "NO_LETTER", "SOFT", "Letters", "system_of_kind"]

HARD, SOFT = "\n", " "  # between stretches; between the words of one
NO_LETTER = 0

# What sets a string apart from the text around it: line breaks, quotation marks, brackets, cells, emphasis.
_HARD_MARKS = '\n\r\v\f\x85\u2028\u2029\t"`*_|()[]{}<>“”„‟«»‹›「」『』《》〈〉（）［］｛｝【】〔〕〖〗'
_ARABIC_MARKS = (0x0640, *range(0x064B, 0x0653), 0x0670)
_UNSEEN = (0x00AD, *range(0x200B, 0x2010), 0x2060, 0xFEFF, *range(0xFE00, 0xFE10))
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_PLACE_OF_ASCII = 0xFEE0  # less than full-width characters


@cache
def system_of_kind() -> tuple[str, ...]:
    """The writing system of each kind, ISO 15924: `Jpan` for what Chinese and Japanese are written in; '' for no letter."""
    systems = {
        "Jpan" if name in SCRIPTS_OF_CHINESE_AND_JAPANESE else name for name in script_names() if name not in NEUTRAL
    }
    return ("", *sorted(systems))


@cache
def _kinds() -> NDArray[np.uint8]:
    """The kind of every code point; uint8 [0x110000]."""
    systems = system_of_kind()
    number = {system: kind for kind, system in enumerate(systems)}
    of_script = [number.get("Jpan" if s in SCRIPTS_OF_CHINESE_AND_JAPANESE else s, NO_LETTER) for s in script_names()]
    kinds: NDArray[np.uint8] = np.asarray(of_script, dtype=np.uint8)[script_ids()]
    kinds[[ord("ー"), ord("ｰ")]] = number["Jpan"]  # the length mark, which no script owns
    return kinds


@cache
def _inherits() -> NDArray[np.bool_]:
    """The marks that belong to the letter before them, whatever its script; bool [0x110000]."""
    return np.asarray(script_ids() == script_names().index("Zinh"))


@cache
def _folded() -> NDArray[np.uint32]:
    """What each code point is searched as, 0 for what is not seen; uint32 [0x110000]."""
    table = np.arange(0x110000, dtype=np.uint32)
    table[[*_ARABIC_MARKS, *_UNSEEN]] = 0
    table[_FULL_WIDTH] -= _PLACE_OF_ASCII
    return table


@cache
def _hard() -> NDArray[np.bool_]:
    """Marks that set a string apart; bool [0x110000]."""
    table = np.zeros(0x110000, dtype=np.bool_)
    table[[*map(ord, _HARD_MARKS)]] = True
    return table


class Letters:
    """A text in normal form, less what is no letter: composed, case folded, without Arabic marks, full-width as half-width.

    Args:
        text: any; lone surrogates too.
    """

    def __init__(self, text: str) -> None:
        points = _folded()[code_points(unicodedata.normalize("NFC", text))]
        points = code_points(_text(points[points > 0]).casefold())
        kinds = _kinds()[points]
        inherits = _inherits()[points]
        if inherits.any():
            owner = np.maximum.accumulate(np.where(inherits, 0, np.arange(len(points))))
            kinds = kinds[owner]
        # Only letters and what sets strings apart; whatever else stands between two letters is in the gap of their places.
        self._places = np.flatnonzero((kinds != NO_LETTER) | _hard()[points])
        self._points, self._kinds = points[self._places], kinds[self._places]

    def kinds(self) -> tuple[int, ...]:
        """The kinds of letters that the text holds, ascending."""
        return tuple(int(kind) for kind in np.flatnonzero(np.bincount(self._kinds)) if kind != NO_LETTER)

    def of_kind(self, kind: int) -> str:
        """The stretches of one kind of letters, each between `" \\n "`, their words between `" "`.

        A stretch ends at a letter of another kind and at what sets strings apart.
        """
        at = np.flatnonzero(self._kinds == kind)
        if not len(at):
            return ""
        breaks = np.flatnonzero(np.diff(self._places[at]) > 1)
        marks = np.where(np.diff(at)[breaks] > 1, ord(HARD), ord(SOFT))
        letters = np.insert(self._points[at], breaks + 1, marks)
        return f"{HARD}{_text(letters)}{HARD}".replace(HARD, " \n ")


def _text(points: NDArray[np.uint32]) -> str:
    return points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
