"""Judges that look at letters alone."""

import regex

from tlpo_guard.languages.scripts import NEUTRAL, script_of
from tlpo_guard.languages.tags import language

__all__ = ["by_authors", "by_unicode"]

_CODE = regex.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+", regex.DOTALL)
_WORD = regex.compile(r"[\p{L}\p{M}]+")


def by_unicode(text: str, tag: str, *, english: bool) -> bool:
    """Whether any letter's Unicode script is none of the language's.

    Args:
        english: whether Latin letters count in a language that is not written with them.
    """
    allowed = _allowed(tag, english)
    return any(char.isalpha() and script_of(char) not in allowed for char in text)


def by_authors(text: str, tag: str, *, english: bool) -> bool:
    """Whether a word, outside code and addresses, holds a letter that is not of the language: the rule that the TLPO paper
    describes, word for word and by letters. Words in Latin letters count if they are written as common words are: names,
    acronyms and single letters do not.

    Args:
        english: whether Latin letters count in a language that is not written with them.
    """
    allowed = _allowed(tag, english=True)
    for word in _WORD.findall(_CODE.sub(" ", text)):
        scripts = {script_of(char) for char in word} - allowed
        if scripts - {"Latn"} or ("Latn" in scripts and english and len(word) > 1 and word.islower()):
            return True
        if "Latn" in scripts and {script_of(char) for char in word} & (allowed - NEUTRAL):
            return True  # one word in two scripts
    return False


def _allowed(tag: str, english: bool) -> frozenset[str]:
    scripts = language(tag).scripts | NEUTRAL
    return scripts if english else scripts | {"Latn"}
