"""The words of a text, with their places."""

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import regex

__all__ = ["Word", "forms_of", "normal_form", "words_of"]

_ARABIC_MARKS = dict.fromkeys([0x0640, *range(0x064B, 0x0653), 0x0670])


class Word(NamedTuple):
    """One word.

    Attributes:
        start: character offset in the text.
        end: offset behind it.
        form: as the frequency lists spell it.
        capital: begins with a capital and does not begin its line.
        first: begins its line.
    """

    start: int
    end: int
    form: str
    capital: bool
    first: bool = False


@cache
def _pattern() -> "regex.Pattern[str]":
    import regex

    return regex.compile(r"[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*")


@lru_cache(maxsize=65536)
def normal_form(word: str) -> str:
    """As wordfreq spells words: case folded, composed, straight apostrophes, no vowel marks and tatweel in Arabic."""
    folded = unicodedata.normalize("NFC", word).casefold().replace("’", "'").replace("i\u0307", "i")
    return folded.translate(_ARABIC_MARKS) if folded and folded[0] >= "\u0600" else folded


def forms_of(text: str) -> list[str]:
    """The words of a text in normal form, without their places."""
    return list(map(normal_form, _pattern().findall(text)))


def words_of(text: str) -> Iterator[Word]:
    """The words of a text in order; a cell of a table is a line of its own."""
    line_end = -1
    for found in _pattern().finditer(text):
        start, end = found.span()
        first = start > line_end
        if first:
            ended = _ends().search(text, start)
            line_end = len(text) if ended is None else ended.start()
        word = found.group()
        yield Word(start, end, normal_form(word), not first and word[0].isupper(), first)


@cache
def _ends() -> "regex.Pattern[str]":
    import regex

    return regex.compile(r"[\n\t|]")
