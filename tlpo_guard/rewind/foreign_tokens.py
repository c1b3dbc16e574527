"""The tokens of a vocabulary that are words of another language of the same script."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.vocabulary.index import VocabularyIndex
from tlpo_guard.words.drift import list_of
from tlpo_guard.words.ratio import word_ratio
from tlpo_guard.words.segment import normal_form

__all__ = ["ForeignTokens"]

_LEAST = 1.0  # nats for the other language


class ForeignTokens:
    """Tells which tokens begin a word that speaks for another language; one table for every pair of languages.

    Args:
        vocabulary: of the model.
    """

    def __init__(self, vocabulary: VocabularyIndex) -> None:
        self._vocabulary = vocabulary
        self._table = lru_cache(maxsize=16)(self._made)

    def table(self, expected: Sequence[str], other: str) -> NDArray[np.bool_]:
        """Tokens that are, or begin with, such a word at a word's beginning; bool [vocabulary]."""
        own = tuple(base for tag in expected if (base := list_of(tag)) is not None)
        return self._table(own, other)

    def _made(self, own: tuple[str, ...], other: str) -> NDArray[np.bool_]:
        ratios = [word_ratio(tag, other).listed for tag in own]
        flags: NDArray[np.bool_] = np.zeros(self._vocabulary.size, dtype=np.bool_)
        for token_id in range(self._vocabulary.size):
            word = _beginning(self._vocabulary.token_bytes(token_id))
            if word:
                found = [ratio(word) for ratio in ratios]
                flags[token_id] = all(value is not None and value >= _LEAST for value in found)
        flags.flags.writeable = False
        return flags


def _beginning(data: bytes) -> str:
    """The word that a token begins, in normal form; empty where it does not begin one.

    Without a space before it a token may as well be a word's inside, unless it has a capital.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    word = text.strip()
    begins = text[:1].isspace() or word[:1].isupper()
    return normal_form(word) if begins and word.isalpha() else ""
