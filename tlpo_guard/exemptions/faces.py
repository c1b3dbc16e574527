"""Faces that are drawn with letters of any script, as in ¯\\_(ツ)_/¯ and (ノಠ益ಠ)ノ."""

import re
from functools import cache
from itertools import pairwise

from tlpo_guard.languages.repertoires import LONE_SYMBOLS
from tlpo_guard.languages.scripts import script_of

__all__ = ["in_face", "may_begin_in_face"]

_LONGEST = 16  # characters
_OWN_SIGNS = frozenset("¯´^°｀・･゜ﾟ￣ˇ˘≧≦•ω∀▽△□○◕‿﹏╯╰┻━")
_SIGNS = _OWN_SIGNS | frozenset("_*~`")  # Markdown has these, too
_BRACKETS = frozenset("()（）ʕʔ")
_EYES = re.compile(r"(\S)[_.﹏‿](\S)")


def in_face(text: str, start: int, end: int) -> bool:
    """Whether letters are part of a face: signs and brackets around them, and no two of one script in a row.

    Args:
        text: any.
        start: offset of the first of some letters in a row; `end` is behind the last of them.
    """
    if end - start > _LONGEST or any(script_of(a) == script_of(b) for a, b in pairwise(text[start:end])):
        return False
    if any(_is_word_letter(char) for char in text[max(start - 1, 0) : start] + text[end : end + 1]):
        return False
    first, last = start - len(_run_before(text, start)), end
    while last < len(text) and last - end < _LONGEST and not text[last].isspace():
        last += 1
    around = text[first:start] + text[end:last]
    eyes = _EYES.search(text, max(start - 2, 0), end + 2)
    if eyes is not None and eyes[1] == eyes[2]:
        return True
    drawn = LONE_SYMBOLS.issuperset(text[start:end]) or not _SIGNS.isdisjoint(around)
    return drawn and not _BRACKETS.isdisjoint(around)


def may_begin_in_face(before: str, letter: bytes) -> bool:
    """Whether a letter of which only the first bytes are known may be one that a face is drawn with.

    The first letter of a face never is: words begin with the same bytes, and a letter that has begun cannot be taken back.

    Args:
        before: the text that the letter follows.
        letter: one to three bytes of UTF-8.
    """
    run = _run_before(before, len(before))
    if run[-1:].isalpha() and (run[-1].isascii() or run[-2:-1].isalpha()):  # inside a word; an ω in a face is none
        return False
    drawn = not (_OWN_SIGNS.isdisjoint(run) and LONE_SYMBOLS.isdisjoint(run))
    return (drawn or run[-1:] in _BRACKETS) and any(symbol.startswith(letter) for symbol in _spelled(han=drawn))


@cache
def _spelled(*, han: bool) -> tuple[bytes, ...]:
    """What faces are drawn with, with Han characters or without; UTF-8."""
    return tuple(symbol.encode() for symbol in LONE_SYMBOLS | {"・"} if han or script_of(symbol) != "Hani")


def _run_before(text: str, place: int) -> str:
    """What stands before a place without a space between."""
    first = place
    while first > 0 and place - first < _LONGEST and not text[first - 1].isspace():
        first -= 1
    return text[first:place]


def _is_word_letter(char: str) -> bool:
    return char.isalpha() and char not in LONE_SYMBOLS
