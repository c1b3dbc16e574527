r"""What a word is, as regular expressions: the one that the frequency lists are looked up by, and those that differ on purpose.

`\p{L}` and `\p{M}` are the letters and marks of all scripts, which Python's `\w` has not, together with digits.
"""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

__all__ = [
    "APOSTROPHES",
    "CAPITALISED_WORD",
    "HYPHENATED_WORD",
    "LATIN_WORD",
    "LETTERS",
    "LINE_ENDS",
    "WORD",
    "compiled",
]

_LETTER = r"\p{L}\p{M}"
APOSTROPHES = "'’"
LINE_ENDS = r"\n\t|"  # a cell of a table is a line of its own

LETTERS = f"[{_LETTER}]+"
# As wordfreq cuts words: an apostrophe between letters belongs to them, a hyphen parts them.
WORD = f"{LETTERS}(?:[{APOSTROPHES}]{LETTERS})*"
# As the benchmark counts the words of a line, where "well-known" is one.
HYPHENATED_WORD = rf"{LETTERS}(?:[{APOSTROPHES}\-]{LETTERS})*"
# In a sentence inside another script; it may end with an apostrophe or a hyphen, or have several in a row.
LATIN_WORD = rf"\p{{Latin}}[\p{{Latin}}\p{{M}}{APOSTROPHES}\-]*"
# Of a name, which may hold digits.
CAPITALISED_WORD = rf"\p{{Lu}}[{_LETTER}\p{{N}}{APOSTROPHES}\-]*"


@cache
def compiled(pattern: str, flags: int = 0) -> "regex.Pattern[str]":
    """The expression, compiled when it is first needed; for the patterns of this project, not for what users send."""
    import regex

    return regex.compile(pattern, flags)
