"""What one word among words of the expected language tells, where both are written in Latin letters."""

import re
from collections.abc import Callable, Iterator, Sequence

from tlpo_guard.words.english import is_borrowed, travels
from tlpo_guard.words.frequencies import frequencies, highest_zipf
from tlpo_guard.words.latin import are_common_abroad, is_everyday_abroad
from tlpo_guard.words.patterns import compiled
from tlpo_guard.words.segment import Word, normal_form

__all__ = ["holds_english", "holds_everyday_abroad", "is_spliced", "may_be_own", "words_abroad"]

_SMALL = r"(?<![\p{L}\p{N}'’.@_/-])\p{Ll}+ \p{Ll}{2,}(?![\p{L}\p{N}'’@_/-])"
_ENDINGS = frozenset({"ality", "able", "ful", "ly", "ness"})  # that hardly any word ends with in another language
_ENDINGS_ELSEWHERE = {"tr": ("ing", "tion", "tant"), "vi": ("ing", "tion", "tant")}  # the same in these
_ENGLISH = 4.5  # zipf value of English words that are no term of another language whose list has not got them
_COMMON = 4.8  # the same where such a list has them
_RARER, _OWN = 1.7, 4.5  # by how much they are rarer there, and below what
_PART = 3.5  # the same of the end of a word
_SHORTEST_PART = 4  # letters
# Onset, vowels and coda of a syllable without marks, which is a whole word of Vietnamese.
_VIETNAMESE = re.compile(r"(?:ch|gh|gi|kh|ngh?|nh|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?")


def may_be_own(word: str, expected: Sequence[str]) -> bool:
    """Whether a word of another language is one of an expected language as well, though frequency lists know little of it.

    Args:
        word: in normal form.
        expected: frequency lists.
    """
    return is_borrowed(word) or ("vi" in expected and _VIETNAMESE.fullmatch(word) is not None)


def holds_everyday_abroad(words: Sequence[Word], expected: tuple[str, ...]) -> bool:
    """Whether any of some words is an everyday one of a language that is neither expected nor English, beside no name.

    Args:
        words: in order.
        expected: frequency lists.
    """
    return any(is_everyday_abroad(form, expected) for form in _in_small_letters(words, lambda word: word.capital))


def words_abroad(text: str) -> Iterator[str]:
    """Two words in a row, in small letters, that are common in one language in Latin letters, and rare in English and
    in languages in other scripts. The last word counts where something follows it."""
    for match in compiled(_SMALL).finditer(text):
        if match.end() < len(text) and are_common_abroad(match.group().split(" ")):
            yield match.group()


def is_spliced(before: str, added: str, expected: Sequence[str]) -> bool:
    """Whether what follows a beginning of a word in an expected language is an English ending, so that the word is in no list.

    Args:
        before: the letters so far.
        added: the letters that follow, to the end of the word.
        expected: frequency lists.
    """
    endings = _ENDINGS.union(*(_ENDINGS_ELSEWHERE.get(tag, ()) for tag in expected))
    if not before or not (added in endings or _is_english_part(added, expected)):
        return False
    form = normal_form(before + added)
    return highest_zipf(form, ("en", *expected)) == 0.0


def _is_english_part(added: str, expected: Sequence[str]) -> bool:
    if len(added) < _SHORTEST_PART:
        return False
    no_syllable = "vi" in expected and _VIETNAMESE.fullmatch(added) is None  # of which all its words are one
    return _is_english(added, expected, _PART) or (no_syllable and frequencies("en").zipf(added) >= _ENGLISH)


def holds_english(words: Sequence[Word], expected: tuple[str, ...]) -> bool:
    """Whether any of some words is a common English one in small letters, beside no name, and hardly one of an expected language.

    Args:
        words: in order.
        expected: frequency lists.
    """
    small = _in_small_letters(words, lambda word: _is_name(word, expected))
    return any(_is_more_english(form, expected) for form in small)


def _is_english(form: str, expected: Sequence[str], least: float) -> bool:
    english = frequencies("en").zipf(form) >= least and not (travels(form) or is_borrowed(form))
    return english and highest_zipf(form, expected) == 0.0


def _is_more_english(form: str, expected: Sequence[str]) -> bool:
    english = frequencies("en").zipf(form)
    own = highest_zipf(form, expected)
    rarer = english - own >= _RARER and own < _OWN and not (may_be_own(form, expected) or travels(form))
    return _is_english(form, expected, _ENGLISH) or (english >= _COMMON and rarer)


def _in_small_letters(words: Sequence[Word], is_name: Callable[[Word], bool]) -> Iterator[str]:
    """The forms of the words without a capital that stand beside no name."""
    for place, word in enumerate(words):
        beside = (*words[max(place - 1, 0) : place], *words[place + 1 : place + 2])
        if not (word.capital or any(map(is_name, beside))):
            yield word.form


def _is_name(word: Word, expected: Sequence[str]) -> bool:
    """Whether a word has a capital, and is none that an expected language has more of than English: a noun in German."""
    return word.capital and highest_zipf(word.form, expected) <= frequencies("en").zipf(word.form)
