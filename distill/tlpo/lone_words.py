"""What one word among words of the expected language tells, where both are written in Latin letters."""

import re
from collections.abc import Sequence

from tlpo_guard.words.frequencies import frequencies
from tlpo_guard.words.latin import is_everyday_abroad
from tlpo_guard.words.segment import Word, normal_form

__all__ = ["holds_everyday_abroad", "is_spliced", "may_be_own"]

_ENDINGS = frozenset({"ful", "ly", "ness"})  # that hardly any word ends with in another language
# Onset, vowels and coda of a syllable without marks, which is a whole word of Vietnamese.
_VIETNAMESE = re.compile(r"(?:ch|gh|gi|kh|ngh?|nh|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?")


def may_be_own(word: str, expected: Sequence[str]) -> bool:
    """Whether a word of another language is one of an expected language as well, though frequency lists know little of it.

    Args:
        word: in normal form.
        expected: frequency lists.
    """
    return "vi" in expected and _VIETNAMESE.fullmatch(word) is not None


def holds_everyday_abroad(words: Sequence[Word], expected: tuple[str, ...]) -> bool:
    """Whether any of some words is an everyday one of a language that is neither expected nor English, beside no name.

    Args:
        words: in order.
        expected: frequency lists.
    """
    return any(
        not word.capital
        and not any(beside.capital for beside in (*words[max(place - 1, 0) : place], *words[place + 1 : place + 2]))
        and is_everyday_abroad(word.form, expected)
        for place, word in enumerate(words)
    )


def is_spliced(before: str, added: str, expected: Sequence[str]) -> bool:
    """Whether what follows a beginning of a word in an expected language is an English ending, so that the word is in no list.

    Args:
        before: the letters so far.
        added: the letters that follow, to the end of the word.
        expected: frequency lists.
    """
    if not before or added not in _ENDINGS:
        return False
    form = normal_form(before + added)
    return all(frequencies(tag).zipf(form) == 0.0 for tag in ("en", *expected))
