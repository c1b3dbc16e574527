"""The words of a text, with their places."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from tlpo_guard.words.patterns import LINE_ENDS, WORD, compiled

__all__ = ["Word", "forms_of", "normal_form", "words_of"]

_ARABIC_MARKS = dict.fromkeys([0x0640, *range(0x064B, 0x0653), 0x0670])


class Word(NamedTuple):
    """A word and its place.

    Attributes:
        start: character offset in the text.
        end: offset after it.
        form: as the frequency lists spell it.
        capital: begins with a capital and does not begin its line.
        first: begins its line.
    """

    start: int
    end: int
    form: str
    capital: bool
    first: bool = False


@lru_cache(maxsize=65536)
def normal_form(word: str) -> str:
    """As wordfreq spells words: case folded, composed, straight apostrophes, no vowel marks and tatweel in Arabic."""
    folded = unicodedata.normalize("NFC", word).casefold().replace("’", "'").replace("i\u0307", "i")
    return folded.translate(_ARABIC_MARKS) if folded and folded[0] >= "\u0600" else folded


def forms_of(text: str) -> list[str]:
    """The words of a text in normal form, without their places."""
    return list(map(normal_form, compiled(WORD).findall(text)))


def words_of(text: str) -> Iterator[Word]:
    """The words of a text in order; a cell of a table is a line of its own."""
    line_end = -1
    end_pattern = compiled(f"[{LINE_ENDS}]")
    for match in compiled(WORD).finditer(text):
        start, end = match.span()
        first = start > line_end
        if first:
            next_end = end_pattern.search(text, start)
            line_end = len(text) if next_end is None else next_end.start()
        word = match.group()
        # Without the named tuple's own constructor, which takes as long as all the rest.
        yield tuple.__new__(Word, (start, end, normal_form(word), not first and word[0].isupper(), first))
