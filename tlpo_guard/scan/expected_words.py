"""Which words of an answer are of the expected language."""

from collections.abc import Sequence
from functools import lru_cache

from tlpo_guard.languages.relations import SCRIPTS_WITHOUT_SPACES
from tlpo_guard.languages.scripts import code_points, foreign_classes, letter_classes
from tlpo_guard.languages.tags import language
from tlpo_guard.words import WordDrift, word_ratio
from tlpo_guard.words.drift import lists_of
from tlpo_guard.words.segment import forms_of

__all__ = ["ExpectedWords"]

_LETTERS_PER_WORD = 2
_SHORTEST = 2  # a single letter is a numeral or a symbol in every language of its script
_CACHED_WORDS = 4096  # for every set of expected languages


class ExpectedWords:
    """Tells the expected languages' words by their script, and in a script that other languages share by the words.

    Args:
        expected: BCP-47 tags.
        words: the word drift that is watched for.
    """

    def __init__(self, expected: Sequence[str], words: WordDrift) -> None:
        scripts = frozenset[str]().union(*(language(tag).letters for tag in expected))
        self._foreign = foreign_classes(scripts, neutral=False)
        self._unspaced = bool(scripts & SCRIPTS_WITHOUT_SPACES)
        self._ratios = [word_ratio(code, other).of for code in lists_of(expected) for other in words.others]
        self.is_expected = lru_cache(maxsize=_CACHED_WORDS)(self._is_expected)

    def _is_expected(self, form: str) -> bool:
        """Whether a word, in normal form, is of an expected language rather than of another."""
        if not form or (self._ratios and len(form) < _SHORTEST) or self._foreign[letter_classes()[ord(form[0])]]:
            return False
        return all(ratio(form) < 0.0 for ratio in self._ratios)

    def count(self, text: str) -> int:
        """How many words of the expected languages a text has; two letters are one where no spaces stand between words."""
        if self._unspaced:
            return int((~self._foreign[letter_classes()[code_points(text)]]).sum()) // _LETTERS_PER_WORD
        return sum(map(self.is_expected, forms_of(text)))
