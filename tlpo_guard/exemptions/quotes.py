"""Quotations and brackets inside a line of the expected language."""

import re
from collections.abc import Callable, Iterator

from tlpo_guard.exemptions.spans import Span

__all__ = ["Quotes"]

_PAIRS = re.compile(
    r"""“[^“”\n]{1,200}” | „[^„“”\n]{1,200}[“”] | «[^«»\n]{1,200}» | »[^«»\n]{1,200}« | ‘[^‘’\n]{1,200}’(?!\w)
      | 「[^「」\n]{1,200}」 | 『[^『』\n]{1,200}』 | 《[^《》\n]{1,200}》
      | "[^"\n]{1,200}" | (?<!\w)'[^'\n]{1,200}'(?!\w) | (?<![*\w])\*{1,2}[^*\n]{1,120}\*{1,2}(?![*\w])
      | \([^()\n]{1,200}\) | （[^（）\n]{1,200}） | \[[^\[\]\n]{1,200}\] | 【[^【】\n]{1,200}】
    """,
    re.VERBOSE,
)
_LEAST = 3  # words of the expected language before it


class Quotes:
    """Text in quotes, brackets or emphasis, once its line has three words of the expected language; never at its start.

    Args:
        own_words: how many words of the expected language a stretch of a line has.
    """

    def __init__(self, own_words: Callable[[str], int]) -> None:
        self._own_words = own_words

    def spans(self, text: str) -> Iterator[Span]:
        """The quotations with their marks."""
        line_start, own, counted = 0, 0, 0
        for found in _PAIRS.finditer(text):
            start, end = found.span()
            newline = text.rfind("\n", counted, start)
            if newline >= 0:
                line_start, own, counted = newline + 1, 0, newline + 1
            own += self._own_words(text[max(counted, line_start) : start])
            counted = end
            if own >= _LEAST:
                yield start, end
