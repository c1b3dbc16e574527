"""Short sentences in English that stand for themselves in answers in another script, where single English words are neutral."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from tlpo_guard.languages.scripts import script_of
from tlpo_guard.scan.result import Drift, DriftKind
from tlpo_guard.scan.sentences import Border, borders
from tlpo_guard.words import Word
from tlpo_guard.words.english import is_listed
from tlpo_guard.words.frequencies import frequencies

__all__ = ["LatinSentences"]

_FEWEST_LOWER_CASE = 2  # words; names and titles are in capitals
_GRAMMAR = 6.0  # zipf value of the words that every sentence has
_FLOOR = 2.5  # zipf value of a word that speaks for nothing
_NATS = 2.303  # of one zipf value


class LatinSentences:
    """Finds sentences, or whole answers, that are nothing but English words."""

    def drifts(self, text: str, words: Sequence[Word], first_words: Sequence[int]) -> Iterator[Drift]:
        """The sentences, in order.

        Args:
            text: answers, one behind the other.
            words: of them, those that are judged.
            first_words: the place of each answer's first word, and the number of words.
        """
        english = [word.form.isascii() for word in words]
        if not any(english):
            return
        starts = np.fromiter((word.start for word in words), dtype=np.int64, count=len(words))
        begins = borders(text, starts) >= Border.SENTENCE
        for place, end in pairwise(first_words):
            if not any(english[place:end]):
                continue
            alone = all(english[place:end])
            for first, last in pairwise([*(place + np.flatnonzero(begins[place:end])).tolist(), end]):
                sentence = words[first:last]
                if _is_english(sentence, alone=alone) and not _holds_other_letters(text, sentence):
                    yield Drift(sentence[0].start, sentence[-1].end, DriftKind.WORD, "en", _score(sentence))


def _is_english(words: Sequence[Word], *, alone: bool) -> bool:
    if len(words) < 2 or not all(word.form.isascii() and is_listed(word.form) for word in words):
        return False
    lower = [word for word in words[1:] if not word.capital]
    if alone:
        return bool(lower)
    return len(lower) >= _FEWEST_LOWER_CASE and any(_zipf(word) >= _GRAMMAR for word in lower)


def _holds_other_letters(text: str, words: Sequence[Word]) -> bool:
    """Whether letters of another script stand between or beside the words of a sentence."""
    stretch = text[max(words[0].start - 1, 0) : words[-1].end + 1]
    return any(char.isalpha() and script_of(char) != "Latn" for char in stretch)


def _score(words: Sequence[Word]) -> float:
    return _NATS * sum(max(_zipf(word), _FLOOR) - _FLOOR for word in words)


def _zipf(word: Word) -> float:
    return max(map(frequencies("en").zipf, word.form.split("'")))
