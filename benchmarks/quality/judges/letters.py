"""Judges that look at letters alone. They cannot tell English in a language that is written in Latin letters, and rate none."""

from tlpo_guard.languages.scripts import NEUTRAL, script_of
from tlpo_guard.languages.tags import language
from tlpo_guard.paper import count_words

__all__ = ["by_authors", "by_unicode", "rates_letters"]


def rates_letters(tag: str) -> bool:
    """Whether letters tell a language from English."""
    return "Latn" not in language(tag).scripts


def by_unicode(text: str, tag: str, *, english: bool) -> bool:
    """Whether any letter's Unicode script is none of the language's.

    Args:
        english: whether Latin letters count.
    """
    scripts = language(tag).scripts | NEUTRAL
    allowed = scripts if english else scripts | {"Latn"}
    return any(char.isalpha() and script_of(char) not in allowed for char in text)


def by_authors(text: str, tag: str, *, english: bool) -> bool:
    """Whether a word fails by the rules of the TLPO paper's authors, as `tlpo_guard.paper` has written them anew.

    Args:
        english: whether English counts.
    """
    return count_words(text, tag).failing(english_counts=english) > 0
