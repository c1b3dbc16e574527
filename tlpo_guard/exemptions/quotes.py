"""Quotations and brackets inside a line of the expected language."""

import re
from collections.abc import Callable, Iterator
from itertools import groupby

from tlpo_guard.exemptions.spans import Span
from tlpo_guard.languages.scripts import writing_system

__all__ = ["Quotes"]

_PAIRS = re.compile(
    r"""“[^“”\n]{1,200}” | „[^„“”\n]{1,200}[“”] | «[^«»\n]{1,200}» | »[^«»\n]{1,200}« | ‘[^‘’\n]{1,200}’(?!\w)
      | 「[^「」\n]{1,200}」 | 『[^『』\n]{1,200}』 | 《[^《》\n]{1,200}》
      | "[^"\n]{1,200}" | (?<!\w)'[^'\n]{1,200}'(?!\w) | (?<![*\w])\*{1,2}[^*\n]{1,120}\*{1,2}(?![*\w])
      | \([^()\n]{1,200}\) | （[^（）\n]{1,200}） | \[[^\[\]\n]{1,200}\] | 【[^【】\n]{1,200}】
    """,
    re.VERBOSE,
)
_LEAST = 3  # words of the expected language on its line


class Quotes:
    """Text in quotes, brackets or emphasis on a line that has three words of the expected language besides.

    Args:
        own_words: how many words of the expected language a stretch of a line has.
        foreign: only quotations that are in one script and have no word of the expected language.
    """

    def __init__(self, own_words: Callable[[str], int], *, foreign: bool = False) -> None:
        self._own_words = own_words
        self._foreign = foreign

    def spans(self, text: str) -> Iterator[Span]:
        """The quotations with their marks."""
        for line_start, found in groupby(_PAIRS.finditer(text), lambda m: text.rfind("\n", 0, m.start()) + 1):
            quotations = [match.span() for match in found]
            if self._own_words(_without(text, line_start, quotations)) >= _LEAST:
                yield from (span for span in quotations if not self._foreign or self._is_foreign(text[slice(*span)]))

    def _is_foreign(self, quotation: str) -> bool:
        return not self._own_words(quotation) and len({*map(writing_system, quotation)} - {None}) <= 1


def _without(text: str, line_start: int, quotations: list[Span]) -> str:
    """A line without its quotations."""
    end = text.find("\n", line_start)
    pieces, at = [], line_start
    for start, behind in quotations:
        pieces.append(text[at:start])
        at = behind
    return " ".join([*pieces, text[at : len(text) if end < 0 else end]])
