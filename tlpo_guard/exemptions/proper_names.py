"""Names and titles: runs of capitalised words inside a line."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from tlpo_guard.exemptions.spans import Span

if TYPE_CHECKING:
    import regex

__all__ = ["Names"]

_LEAST = 1  # words of the expected language before it, on its line


@cache
def _run() -> "regex.Pattern[str]":
    """Two or more capitalised words, short ones in lower case between them."""
    import regex

    word = r"\p{Lu}[\p{L}\p{M}\p{N}'’\-]*"
    link = r"(?:of|the|and|a|an|for|in|on|to|by|with|at|from|de|la|le|di|von|van|der|&)"
    return regex.compile(rf"(?<![\p{{L}}\p{{N}}]){word}(?:[ ]+(?:{link}[ ]+){{0,3}}{word})+(?![\p{{L}}])")


class Names:
    """Names of several words, such as that of an act or a song, after a word of the expected language.

    Args:
        own_words: how many words of the expected language a stretch of a line has.
    """

    def __init__(self, own_words: Callable[[str], int]) -> None:
        self._own_words = own_words

    def spans(self, text: str) -> Iterator[Span]:
        """The names."""
        for found in _run().finditer(text):
            line = text.rfind("\n", 0, found.start()) + 1
            if self._own_words(text[line : found.start()]) >= _LEAST:
                yield found.span()
