"""The tokens of a vocabulary that are words of another language of the same script."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.vocabulary.index import VocabularyIndex
from tlpo_guard.words.drift import lists_of
from tlpo_guard.words.han import chinese_ratio, is_han
from tlpo_guard.words.hashing import hashes
from tlpo_guard.words.ratio import word_ratio
from tlpo_guard.words.segment import normal_form

__all__ = ["ForeignTokens"]

_LEAST = 1.0  # nats for the other language
_CACHED_PAIRS = 16  # a byte for every token each


@dataclass(frozen=True, slots=True)
class _Beginnings:
    """The tokens that begin a word.

    Attributes:
        token_ids: int64 [tokens].
        word_rows: which word each begins; int64 [tokens].
        words: `hashes` of the words in normal form, each once; int64 [words].
    """

    token_ids: NDArray[np.int64]
    word_rows: NDArray[np.int64]
    words: NDArray[np.int64]


class ForeignTokens:
    """Tells which tokens begin a word that speaks for another language; one table for every pair of languages.

    Args:
        vocabulary: of the model.
    """

    def __init__(self, vocabulary: VocabularyIndex) -> None:
        self._vocabulary = vocabulary
        self._cached_table = lru_cache(maxsize=_CACHED_PAIRS)(self._table)

    def prepare(self) -> None:
        """Read the words of the vocabulary, which else the first table does; some 0.2 s for 150,000 tokens."""
        _ = self._beginnings

    def table(self, expected: Sequence[str], other: str) -> NDArray[np.bool_]:
        """Tokens that are, or begin with, such a word at a word's beginning; bool [vocabulary], not to be written to.

        Args:
            expected: BCP-47 tags.
            other: ISO 639 code of the other language.
        """
        return self._cached_table(lists_of(expected), other)

    def _table(self, expected: tuple[str, ...], other: str) -> NDArray[np.bool_]:
        if other == "zh":
            return self._chinese
        beginnings = self._beginnings
        foreign = np.ones(len(beginnings.words), dtype=np.bool_)
        for code in expected:  # a word that no list has is NaN, and so is not foreign
            foreign &= word_ratio(code, other).listed_of(beginnings.words) >= _LEAST
        table = np.zeros(self._vocabulary.size, dtype=np.bool_)
        table[beginnings.token_ids] = foreign[beginnings.word_rows]
        table.flags.writeable = False
        return table

    @cached_property
    def _chinese(self) -> NDArray[np.bool_]:
        """Tokens each of whose characters Chinese has much oftener than Japanese; bool [vocabulary]."""
        table = np.fromiter(map(_is_chinese, self._texts()), dtype=np.bool_, count=self._vocabulary.size)
        table.flags.writeable = False
        return table

    def _texts(self) -> Iterator[str]:
        for token_id in range(self._vocabulary.size):
            yield self._vocabulary.token_bytes(token_id).decode("utf-8", "replace")

    @cached_property
    def _beginnings(self) -> _Beginnings:
        token_ids: list[int] = []
        words: list[str] = []
        for token_id in range(self._vocabulary.size):
            word = _beginning(self._vocabulary.token_bytes(token_id))
            if word:
                token_ids.append(token_id)
                words.append(word)
        unique, rows = np.unique(hashes(words), return_inverse=True)
        return _Beginnings(np.asarray(token_ids, dtype=np.int64), rows, unique)


def _is_chinese(text: str) -> bool:
    return text[:1] > "\u3000" and all(is_han(char) and chinese_ratio(char) >= _LEAST for char in text)


def _beginning(data: bytes) -> str:
    """The word that a token begins, in normal form; empty where it does not begin one.

    Without a space before it a token may as well be a word's inside, unless it has a capital.
    """
    if data[:1].islower():  # the most common token of all
        return ""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    word = text.strip()
    begins = text[:1].isspace() or word[:1].isupper()
    return normal_form(word) if begins and word.isalpha() else ""
