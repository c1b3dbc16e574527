"""Which words of an answer are of the expected language."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tlpo_guard.languages.scripts import foreign_table
from tlpo_guard.languages.tags import language
from tlpo_guard.words import WordDrift, word_ratio
from tlpo_guard.words.drift import list_of
from tlpo_guard.words.segment import forms_of

__all__ = ["OwnWords"]

_UNSPACED = frozenset({"Hani", "Hira", "Kana", "Thai", "Laoo", "Khmr", "Mymr", "Tibt"})
_LETTERS_PER_WORD = 2
_SHORTEST = 2  # a single letter is a numeral or a symbol in every language of its script


class OwnWords:
    """Tells the expected languages' words by their script, and in a script that other languages share by the words.

    Args:
        expected: BCP-47 tags.
        words: the word drift that is watched for.
    """

    def __init__(self, expected: Sequence[str], words: WordDrift) -> None:
        scripts = frozenset[str]().union(*(language(tag).scripts for tag in expected))
        self._foreign = foreign_table(scripts, neutral=False)
        self._unspaced = bool(scripts & _UNSPACED)
        tags = [base for tag in expected if (base := list_of(tag)) is not None]
        self._ratios = [word_ratio(tag, other).of for tag in tags for other in words.others]

    @lru_cache(maxsize=65536)  # noqa: B019 (lives as long as its judge)
    def is_own(self, form: str) -> bool:
        """Whether a word, in normal form, is of an expected language rather than of another."""
        if not form or self._foreign[ord(form[0])] or (self._ratios and len(form) < _SHORTEST):
            return False
        return all(ratio(form) < 0.0 for ratio in self._ratios)

    def count(self, text: str) -> int:
        """How many words of the expected languages a text has; two letters are one where no spaces stand between words."""
        if self._unspaced:
            points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
            return int((~self._foreign[points]).sum()) // _LETTERS_PER_WORD
        return sum(map(self.is_own, forms_of(text)))
