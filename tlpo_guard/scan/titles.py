"""Answers that are nothing but an English title in an object: {"title": "Baking Bread At Home"}."""

from collections.abc import Iterator, Sequence

from tlpo_guard.scan.reading import Reader
from tlpo_guard.scan.result import Drift, DriftKind
from tlpo_guard.words import Word
from tlpo_guard.words.english import is_english
from tlpo_guard.words.frequencies import frequencies

__all__ = ["TitleScan"]

_FEWEST = 3  # words; fewer are often a name
_LONG = 4  # letters of the words that a title has in capitals
_KNOWN = 0.75  # share of the words that English is known to have
_SURE = 9.0  # nats for English, as of a line
_MEAN = 1.5  # the same a word: names are about as common in all languages
_NATS = 2.303  # of one zipf value
_FLOOR = 2.5  # zipf value of a word that a list lacks


class TitleScan:
    """Finds the title where its capitals, which elsewhere may be those of names, say nothing.

    Args:
        reader: of the expected languages.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def drifts(self, text: str, words: Sequence[Word], start: int, end: int) -> Iterator[Drift]:
        """The title, if there is one.

        Args:
            text: that the answer stands in.
            words: of the answer, those that are judged.
            start: offset of the answer.
            end: offset after it.
        """
        if len(words) < _FEWEST or not _is_one_title(text, words, start, end):
            return
        score = sum(map(self._nats, words))
        if score >= max(_SURE, _MEAN * len(words)):
            yield Drift(words[0].start, words[-1].end, DriftKind.WORD, "en", score)

    def _nats(self, word: Word) -> float:
        own = max(self._reader.zipf(word.form), _FLOOR)
        return _NATS * (max(frequencies("en").zipf(word.form), _FLOOR) - own)


def _is_one_title(text: str, words: Sequence[Word], start: int, end: int) -> bool:
    bare = text[start:end].strip()
    if not (bare.startswith("{") and bare.endswith("}")) or '"' in text[words[0].start : words[-1].end]:
        return False
    known = sum(word.form.isascii() and is_english(word.form) for word in words)
    if known < max(_FEWEST, _KNOWN * len(words)):
        return False
    return all(text[word.start].isupper() for word in words if word.end - word.start >= _LONG)
