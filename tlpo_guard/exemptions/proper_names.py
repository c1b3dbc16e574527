"""Names and titles: runs of capitalised words inside a line."""

from collections.abc import Callable, Iterator

from tlpo_guard.exemptions.spans import Span
from tlpo_guard.words.patterns import CAPITALISED_WORD, compiled

__all__ = ["Names"]

_LEAST = 1  # words of the expected language before it, on its line


# Two or more capitalised words, short ones in lower case between them.
_LINK = r"(?:of|the|and|a|an|for|in|on|to|by|with|at|from|de|la|le|di|von|van|der|&)"
_RUN = rf"(?<![\p{{L}}\p{{N}}]){CAPITALISED_WORD}(?:[ ]+(?:{_LINK}[ ]+){{0,3}}{CAPITALISED_WORD})+(?![\p{{L}}])"


class Names:
    """Names of several words, such as that of an act or a song, after a word of the expected language.

    Args:
        count_expected: how many words of the expected language a stretch of a line has.
    """

    def __init__(self, count_expected: Callable[[str], int]) -> None:
        self._count_expected = count_expected

    def spans(self, text: str) -> Iterator[Span]:
        """The names."""
        for match in compiled(_RUN).finditer(text):
            line_start = text.rfind("\n", 0, match.start()) + 1
            if self._count_expected(text[line_start : match.start()]) >= _LEAST:
                yield match.span()
