"""Letters that no answer in some scripts may hold, by Unicode's properties and not by the guard's own tables."""

import regex

from tlpo_guard.languages.repertoires import GREEK_SYMBOLS, LONE_SYMBOLS

_SYMBOLS = "".join(sorted(GREEK_SYMBOLS | LONE_SYMBOLS))
_SIGNS = "ªº\u2126\u212a\u212b\ufdf0-\ufdfb\uff9e\uff9f"

_NEWER = "\U00034000-\U000dffff"  # planes in which `regex` knows letters of a later Unicode than the guard's tables


def foreign_to(*scripts: str) -> regex.Pattern[str]:
    """Letters of no script of these (Unicode names) that are no signs and may be no symbols, or Greek ones in a row."""
    own = "".join(rf"--\p{{{script}}}" for script in (*scripts, "Common", "Inherited"))
    greek = r"\p{L}(?<=\p{Greek})"
    return regex.compile(rf"[\p{{L}}{own}--[{_SYMBOLS}{_SIGNS}{_NEWER}]]|{greek}{greek}", regex.V1)
