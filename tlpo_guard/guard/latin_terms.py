"""Latin letters that are no English text in an answer in another script, told while they are written: names, acronyms, units.

Asked about the words that a token spells or goes on with; what is read before them is the line's part in an answer's tail.
"""

import re
from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages.relations import SCRIPTS_WITHOUT_SPACES
from tlpo_guard.languages.repertoires import GREEK_SYMBOLS
from tlpo_guard.languages.scripts import script_of
from tlpo_guard.vocabulary.index import VocabularyIndex
from tlpo_guard.words.frequencies import frequencies
from tlpo_guard.words.latin import Beginnings, is_cut_off, is_everyday_abroad, is_term, may_become_term
from tlpo_guard.words.patterns import compiled

__all__ = ["LatinTerms", "opens_sentence"]

_WORD = r"[\p{Latin}\p{M}\p{N}]+"
# Inside an address, a path, a file's name, a measure.
_JOINED = re.compile(r"(?:[A-Za-z0-9][_/@+&\\-]|[A-Za-z]\.|(?<!\S)[/@])$")
_DOMAIN = re.compile(r"[A-Za-z0-9]@[A-Za-z0-9.-]*$")  # of an e-mail address
_JOINED_BEHIND = re.compile(r"[_@][A-Za-z0-9]|\.[A-Za-z]")
_NAME_GOES_ON = re.compile(r" (?:[A-Z]|of [A-Z]|of the [A-Z])")
_ARABIC_PREFIX = re.compile(r"(?<!\w)[وفبلك]?(?:ال)?ـ?$")
_LONGEST_PREFIX = 6  # characters, with one before it
_OPERATORS = frozenset("=+^×÷≤≥≠≈∝≡±")
_LONGEST_PRODUCT = 3  # letters
# Where a key of JSON, or the name of a tag of HTML or of one of its attributes is written.
_KEY = re.compile(r'\{(?:[^{}]{0,400}[,\n])?\s*"[A-Za-z0-9_ -]{0,40}$')
_TAG = re.compile(r"""</?(?:[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z-]+(?:=(?:"[^"<>]*"|'[^'<>]*'))?){0,8}\s+)?[A-Za-z-]*$""")
_ENDINGS = frozenset({"ed", "ful", "ity", "ly", "ment", "ness", "ous", "ter", "tion"})
_CONTRACTED = re.compile(r"[A-Za-z]['’]$")
_CONTRACTIONS = frozenset({"m", "re", "ve", "l", "ll", "d"})
_BEHIND_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*[,:]? $")
_MEASURE = re.compile(r"\d[\d.,]* ?$")
_LONGEST_UNIT = 4  # letters
_SHORTEST = 2  # bytes: a space and one letter, which may become anything
_COMMON_WORD = 5.2  # zipf value of words that are no unit even behind a number: days
_MARKUP = " \t*_#>\"'“”„«»「」『』‘’(（[【"
_LIST_ITEM = re.compile(r"[ \t>]*(?:[-*•·+|]|\d{1,3}[.)）])[ \t]")
_SENTENCE_ENDS = frozenset(".!?。！？।؟…;；")
_COLONS = frozenset(":：")


class LatinTerms:
    """Terms as one vocabulary spells them.

    Args:
        vocabulary: whose tokens tell which words are never written in pieces.
    """

    def __init__(self, vocabulary: VocabularyIndex) -> None:
        tokens = vocabulary.token_of_bytes()
        words = [data.removeprefix(b" ").decode() for data in tokens if data.isascii()]
        self._small = Beginnings(frozenset(word for word in words if word.isalpha() and word.islower()))
        self._capital = Beginnings(frozenset(word.lower() for word in words if word.isalpha() and word.istitle()))
        self._vocabulary = vocabulary
        is_everyday_abroad("a")  # reads its word lists, for which no token should wait
        is_cut_off("a")  # the same

    @cached_property
    def tokens(self) -> NDArray[np.bool_]:
        """The tokens of a space and a name, or the beginning of one, which may stand behind anything; bool [vocabulary]."""
        flags = np.zeros(self._vocabulary.size, dtype=np.bool_)
        for token_id in range(self._vocabulary.size):
            data = self._vocabulary.token_bytes(token_id)
            if len(data) > _SHORTEST and data.isascii() and data[:1] == b" " and not data[1:].islower():
                text = data.decode()
                flags[token_id] = any(map(str.isalpha, text)) and self.may_stand(text, 0, len(text))
        return flags

    def may_stand(self, text: str, start: int, end: int) -> bool:
        """Whether the words of Latin letters that a stretch spells or goes on with may stand in an answer in another script.

        Args:
            text: the end of the answer; at its end the word may go on.
            start: offset of the stretch; what is before it has been judged.
            end: offset behind it.
        """
        return all(self._may_stand(text, *word) for word in _words(text, start, end))

    def _may_stand(self, text: str, start: int, end: int) -> bool:
        if _grows_out_of_a_word(text[:start], text[start]):
            return False
        start = next((place + 1 for place in range(end - 1, start - 1, -1) if text[place].isnumeric()), start)
        line, word = text[text.rfind("\n", 0, start) + 1 : start], text[start:end]
        if _CONTRACTED.search(line) and word in _CONTRACTIONS:
            return False
        if len(word) <= 1:
            return not _is_english_letter(line, word) or not _OPERATORS.isdisjoint(text[end:].lstrip(" ")[:1])
        if _DOMAIN.search(line) or (_JOINED.search(line) and not (line.endswith("-") and word.islower())):
            return True
        if _MEASURE.search(line[-12:]) and _may_be_unit(word):
            return True
        if _is_operand(line, word, text[end:]) or _KEY.search(text[:start][-500:]) or _TAG.search(line[-200:]):
            return True
        opens = opens_sentence(line)
        if end < len(text):
            if _is_scrap(line, word, text[end : end + 2]):
                return False
            return _is_in_longer_name(word, text, end, opens=opens) or is_term(word, opens=opens)
        return may_become_term(word, self._small if word.islower() else self._capital, opens=opens)


def _words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The words that a stretch holds, whole where it begins inside one."""
    first = start
    while (
        first > 0
        and text[first - 1].isalnum()
        and (text[first - 1].isnumeric() or script_of(text[first - 1]) == "Latn")
    ):
        first -= 1
    return (word.span() for word in compiled(_WORD).finditer(text, first, end) if word.end() > start)


def _grows_out_of_a_word(before: str, first: str) -> bool:
    """Whether letters of a script with spaces between its words stand right before: a mixed word is always drift, but where an
    acronym follows a noun in Korean, or in Arabic one of the words that are written together with the next."""
    in_word = before[-1:].isalpha() and not (before[-1] in GREEK_SYMBOLS and not before[-2:-1].isalpha())  # 12 μg
    script = script_of(before[-1]) if in_word else "Latn"
    if first.isupper() and (script == "Hang" or _ARABIC_PREFIX.search(before[-_LONGEST_PREFIX:])):
        return False
    return script not in SCRIPTS_WITHOUT_SPACES | {"Latn"}


def _is_english_letter(line: str, letter: str) -> bool:
    """Whether a letter is the English word "I" or "a" rather than a symbol: where a sentence begins, and behind Latin words."""
    behind_word = _BEHIND_WORD.search(line) is not None
    return (letter == "I" and (behind_word or opens_sentence(line))) or (letter == "a" and behind_word)


def _is_operand(line: str, word: str, behind: str) -> bool:
    """Whether a word is a variable, or a product of variables, in a formula that nothing marks."""
    beside = line.rstrip(" ")[-1:] + behind.lstrip(" ")[:1]
    return len(word) <= _LONGEST_PRODUCT and word.islower() and not _OPERATORS.isdisjoint(beside)


def _is_scrap(line: str, word: str, behind: str) -> bool:
    """Whether a word is the ending of an English one behind a letter, or a common word of another language that is in no name."""
    if line[-1:].isalpha() and (word in _ENDINGS or is_cut_off(word)):
        return True
    in_name = _BEHIND_WORD.search(line) is not None or behind.lstrip()[:1].isupper()
    return word.islower() and not in_name and is_everyday_abroad(word)


def _is_in_longer_name(word: str, text: str, end: int, *, opens: bool) -> bool:
    """Whether a word is the beginning of an address, or of a name of several words."""
    if _JOINED_BEHIND.match(text, end):
        return True
    return not opens and word.istitle() and _NAME_GOES_ON.match(text, end) is not None


def _may_be_unit(word: str) -> bool:
    return len(word) <= _LONGEST_UNIT and frequencies("en").zipf(word.lower()) < _COMMON_WORD


def opens_sentence(line: str) -> bool:
    """Whether a sentence begins behind what stands on a line; an item of a list may as well be a name."""
    said = line.rstrip(_MARKUP)
    if not said or said.isspace():
        return not _LIST_ITEM.match(line)
    if _LIST_ITEM.fullmatch(f"{said} "):
        return False
    if said[-1] in _COLONS:
        return said[:-1].rstrip(_MARKUP)[-1:].isascii() and said[:-1].rstrip(_MARKUP)[-1:].isalpha()
    return said[-1] in _SENTENCE_ENDS
