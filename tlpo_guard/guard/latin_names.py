"""Latin letters that are no English text in an answer in another script: names, brands, acronyms, units, model numbers.

What an English word may become is not known while it is written, so that a small letter counts as English until something tells
otherwise.
"""

import re

from tlpo_guard.words.english import is_english, is_function_word, travels
from tlpo_guard.words.segment import normal_form

__all__ = ["is_no_english"]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_JOINED = re.compile(r"[A-Za-z0-9][._/@]$")  # inside an address or a file's name
_MEASURE = re.compile(r"\d[\d.,]* ?$")
_HEADING = re.compile(r"[ \t]*(?:#{1,6}[ \t]+(?:\*\*)?|\*\*)")
_LONGEST_UNIT = 5  # letters


def is_no_english(before: str, stretch: str) -> bool:
    """Whether a stretch of Latin letters is no English text, as far as it goes.

    Args:
        before: the line before it.
        stretch: letters, digits and what stands between them.
    """
    words = [(match.start(), match.group()) for match in _WORD.finditer(stretch)]
    return all(_is_name(f"{before}{stretch[:start]}", word) for start, word in words)


def _is_name(before: str, word: str) -> bool:
    if before[-1:].isdigit() or any(map(str.isdigit, word)) or _JOINED.search(before[-2:]):
        return True
    if len(word) == 1:  # a symbol, as long as no further letter makes a word of it
        return True
    if not word.isascii() or not word.isalpha():  # an accent or an apostrophe: not told by what follows
        return word[0].isupper()
    if _MEASURE.search(before[-12:]) and len(word) <= _LONGEST_UNIT:
        return True
    if word.isupper() or (not word.islower() and not word.istitle()):
        return True
    form = normal_form(word)
    if _HEADING.fullmatch(before):
        return word.istitle() and (travels(form) or not is_english(form))
    return word.istitle() and not is_function_word(form)
