"""Which words in Latin letters are no English text in an answer in another script: names, brands, acronyms, units, codes.

A word in lower case is English if the list has it and other languages do not have it as often; a capital is also what names
begin with, so that only what is common counts behind it, unless a sentence opens there.
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.words.english import ABROAD, GAP, is_english, travels
from tlpo_guard.words.frequencies import frequencies, highest_zipf
from tlpo_guard.words.hashing import hashes
from tlpo_guard.words.lists import frequency_list
from tlpo_guard.words.segment import normal_form

__all__ = [
    "Beginnings",
    "are_common_abroad",
    "is_cut_off",
    "is_everyday_abroad",
    "is_latin_term",
    "is_term",
    "may_become_term",
]

_COMMON = 5.5  # zipf value of the words that are English text behind a capital, wherever they stand
# The same of words in capitals by their letters: those of two are acronyms, and those of three are in doubt.
_COMMON_CAPITALS = {2: 9.0, 3: 6.5}
_COMMON_LONG_CAPITALS = 6.0
_ELSEWHERE = (
    "ja",
    "ko",
    "zh",
    "ru",
    "uk",
)  # lists of other scripts, that have the brands which stand in Latin letters there
_LATIN = ("de", "es", "fr", "id", "it", "nl", "pl", "pt", "sv", "tr", "vi")
_EVERYDAY = 6.0  # zipf value of the hundred commonest words
_FAR = 3.0  # zipf values by which such a word is rarer elsewhere, so that names do not bring it
_KNOWN, _RARER = 4.0, 2.0  # the same of one of two words in a row
_COMMON_ABROAD = 5.0  # zipf value of common words; these must be on no list elsewhere
_COMMON_WHOLE, _SHORTEST_END = 4.5, 4  # zipf value of a word of which an end was cut off, and letters of the end
_UNLISTED = {2: 1e6}  # occurrences in a billion words of names that begin so and are not on the list, by letters
_UNLISTED_LONGER = 1e3
_SURE = 4.0  # how much likelier a word in lower case must become a term than an English word
_AROUND = " \n.,:;!?()\"'*-"  # of a word in a token
_CACHED_WORDS = 8192


@lru_cache(maxsize=_CACHED_WORDS)
def is_term(word: str, *, opens: bool = False) -> bool:
    """Whether a whole word in Latin letters is no English text where the answer is in another script.

    Args:
        word: as it is written, capitals and all.
        opens: it stands where a sentence begins, so that its capital tells nothing.
    """
    if len(word) == 1 or not word.isascii() or not word.replace("'", "").replace("’", "").isalpha():
        return True
    form = normal_form(word)
    if word.islower():
        return not is_english(form) or travels(form)
    zipf = 0.0 if travels(form) or _is_common_elsewhere(form) else frequencies("en").zipf(form)
    if word.isupper():
        return zipf < _COMMON_CAPITALS.get(len(word), _COMMON_LONG_CAPITALS)
    if not word[1:].islower():
        return True
    return zipf < _COMMON and not (opens and zipf > 0.0)


@lru_cache(maxsize=_CACHED_WORDS)
def is_everyday_abroad(word: str, here: tuple[str, ...] = _ELSEWHERE) -> bool:
    """Whether a word is a common one of some language in Latin letters, and hardly used in others.

    Args:
        word: in lower case.
        here: the frequency lists of those others, English apart; default: of languages in other scripts.
    """
    form = normal_form(word)
    abroad, elsewhere = highest_zipf(form, _LATIN), highest_zipf(form, ("en", *here))
    return (abroad >= _EVERYDAY and abroad - elsewhere >= _FAR) or (abroad >= _COMMON_ABROAD and not elsewhere)


def are_common_abroad(words: Sequence[str]) -> bool:
    """Whether words are common in one language in Latin letters, and each is rarer in English and in languages in other scripts.

    Args:
        words: in lower case.
    """
    forms = list(map(normal_form, words))
    elsewhere = [highest_zipf(form, ("en", *_ELSEWHERE)) for form in forms]
    return any(
        all(
            (zipf := frequencies(tag).zipf(form)) >= _KNOWN and zipf - most >= _RARER
            for form, most in zip(forms, elsewhere, strict=True)
        )
        for tag in _LATIN
    )


def is_cut_off(word: str) -> bool:
    """Whether some letters are the end of a common English word, and no word."""
    return word in _ends_of_words()


@cache
def _ends_of_words() -> frozenset[str]:
    words, zipfs, _ = _listed_words()
    common = [word for word, zipf in zip(words, zipfs.tolist(), strict=True) if zipf >= _COMMON_WHOLE]
    ends = {word[first:] for word in common for first in range(1, len(word) - _SHORTEST_END + 1)}
    return frozenset(end for end in ends if not is_english(end))


def is_latin_term(text: str) -> bool:
    """Whether a token is a word in ASCII letters, with what may be beside it, that is no English text."""
    word = text.strip(_AROUND)
    return word.isascii() and any(map(str.isalpha, word)) and is_term(word)


def may_become_term(beginning: str, known: "Beginnings", *, opens: bool = False) -> bool:
    """Whether a word that may go on is rather a term than English, as far as it is written.

    Args:
        beginning: the letters so far.
        known: the words that may come of it.
        opens: as of `is_term`.
    """
    if len(beginning) == 1 or not beginning.isascii() or not beginning.isalpha():
        return True
    if beginning.islower():
        terms, english = known.shares(beginning, 0.0)
        return is_term(beginning) and terms >= _SURE * english
    if beginning.isupper() or not beginning[1:].islower():
        return is_term(beginning)
    terms, english = known.shares(beginning.lower(), 0.0 if opens else _COMMON)
    return terms + _UNLISTED.get(len(beginning), _UNLISTED_LONGER) >= english


class Beginnings:
    """How often English words, and terms, begin with some letters.

    Args:
        whole: words that are never written in pieces, so that no beginning is one of theirs.
    """

    def __init__(self, whole: frozenset[str] = frozenset()) -> None:
        words, zipfs, terms = _listed_words()
        self._words = words
        share = 10.0**zipfs
        pieces = np.fromiter((word not in whole for word in words), np.bool_, len(words))
        self._terms = _sums(share * terms * pieces)
        self._english = _sums(share * ~terms * pieces)
        self._common = _sums(share * ~terms * pieces * (zipfs >= _COMMON))
        alone = np.flatnonzero(~pieces).tolist()
        self._alone = {words[row]: (float(share[row]), bool(terms[row])) for row in alone}

    def shares(self, letters: str, least: float) -> tuple[float, float]:
        """Occurrences in a billion words of the terms, and of the English words, that begin with some small letters.

        Args:
            least: zipf value of the English words that count, 0 or that of common ones.
        """
        first, last = bisect_left(self._words, letters), bisect_left(self._words, f"{letters}\U0010ffff")
        english = self._common if least else self._english
        alone, term = self._alone.get(letters, (0.0, False))
        as_english = alone if alone >= 10.0**least and not term else 0.0
        return self._terms[last] - self._terms[first] + alone * term, english[last] - english[first] + as_english


@cache
def _listed_words() -> tuple[list[str], NDArray[np.float64], NDArray[np.bool_]]:
    """The words of the English list in order, their zipf values, and whether they are terms."""
    words = sorted(word for bucket in frequency_list("en") for word in bucket if word.isascii() and word.isalpha())
    keys = hashes(words)
    zipfs = frequencies("en").zipfs_of(keys).astype(np.float64)
    abroad = np.median([frequencies(tag).zipfs_of(keys) for tag in ABROAD], axis=0)
    elsewhere = np.max([frequencies(tag).zipfs_of(keys) for tag in _ELSEWHERE], axis=0)
    terms = np.any([(value > 0.0) & (zipfs - value < GAP) for value in (abroad, elsewhere)], axis=0)
    return words, zipfs, terms


def _is_common_elsewhere(form: str) -> bool:
    most = highest_zipf(form, _ELSEWHERE)
    return most > 0.0 and frequencies("en").zipf(form) - most < GAP


def _sums(values: NDArray[np.float64]) -> list[float]:
    return [0.0, *accumulate(values.tolist())]
