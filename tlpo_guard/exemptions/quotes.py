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
        count_expected: how many words of the expected language a stretch of a line has.
        foreign: only quotations that are in one script and have no word of the expected language.
    """

    def __init__(self, count_expected: Callable[[str], int], *, foreign: bool = False) -> None:
        self._count_expected = count_expected
        self._foreign = foreign

    def spans(self, text: str) -> Iterator[Span]:
        """The quotations with their marks."""
        for line_start, matches in groupby(_PAIRS.finditer(text), lambda m: text.rfind("\n", 0, m.start()) + 1):
            quotations = [match.span() for match in matches]
            if self._count_expected(_without(text, line_start, quotations)) >= _LEAST:
                yield from (span for span in quotations if not self._foreign or self._is_foreign(text[slice(*span)]))

    def _is_foreign(self, quotation: str) -> bool:
        return not self._count_expected(quotation) and len({*map(writing_system, quotation)} - {None}) <= 1


def _without(text: str, line_start: int, quotations: list[Span]) -> str:
    """A line without its quotations."""
    line_end = text.find("\n", line_start)
    pieces, piece_start = [], line_start
    for start, end in quotations:
        pieces.append(text[piece_start:start])
        piece_start = end
    return " ".join([*pieces, text[piece_start : len(text) if line_end < 0 else line_end]])
