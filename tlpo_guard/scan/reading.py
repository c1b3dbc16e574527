"""A text as its words, how common each is in the expected languages, and where its sentences end."""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages.scripts import foreign_classes, letter_classes
from tlpo_guard.languages.tags import language
from tlpo_guard.scan.sentences import borders
from tlpo_guard.words import Word
from tlpo_guard.words.drift import lists_of
from tlpo_guard.words.frequencies import Frequencies, frequencies
from tlpo_guard.words.hashing import hashes

__all__ = ["RARE", "RARE_SHARE", "Reader", "Reading", "zipfs_of"]

_NEAR = 0.8  # zipf values below the usual mean, that a line of the language has at least
_AHEAD = 0.5  # zipf values by which its words are commoner than in English
_LEAST_WORDS = 4  # that tell it
RARE = 3.9  # zipf value of a word that another language may have oftener
RARE_SHARE = 0.3  # of the words of a stretch that is looked into


class Reading:
    """What a reader makes of a text.

    Attributes:
        words: those that are judged, in letters of the expected languages.
        starts: their offsets; int64 [words].
        zipfs: how common they are in the expected language that has each most, 0 where none has it; float32 [words].
        english: how common they are in English, where that is not expected and shares their script, else 0; float32 [words].
        columns: `zipfs`, whether they are below `RARE`, `english`; float32 [3, words].
        borders: the strongest `Border` before each; int8 [words].
    """

    def __init__(
        self,
        text: str,
        words: Sequence[Word],
        zipfs: NDArray[np.float32],
        english: NDArray[np.float32],
        usual: float,
    ) -> None:
        self.words, self.zipfs, self.english, self._usual = words, zipfs, english, usual
        self.starts = np.fromiter((word.start for word in words), dtype=np.int64, count=len(words))
        self.borders = borders(text, self.starts)
        self._starts: list[int] = self.starts.tolist()
        self._sums: list[float] = [0.0, *np.cumsum(zipfs, dtype=np.float64).tolist()]
        self._english: list[float] = [0.0, *np.cumsum(english, dtype=np.float64).tolist()]
        rare = zipfs < RARE
        self.columns = np.stack([zipfs, rare, english]).astype(np.float32)
        self._rare: list[int] = [0, *np.cumsum(rare).tolist()]

    def is_usual(self, start: int, end: int) -> bool:
        """Whether the words between two offsets are as common as those of the expected language are on average."""
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        count = last - first
        if count < _LEAST_WORDS or self._rare[last] - self._rare[first] >= RARE_SHARE * count:
            return False
        own, english = (sums[last] - sums[first] for sums in (self._sums, self._english))
        return own >= count * (self._usual - _NEAR) and own - english >= count * _AHEAD


class Reader:
    """Looks words up in the lists of the expected languages.

    Args:
        expected: BCP-47 tags.

    Attributes:
        codes: of the lists, ISO 639; empty where none of the languages has one.
        scripts: that the words are in that it reads, ISO 15924.
        usual: mean zipf value of running words.
    """

    def __init__(self, expected: Sequence[str]) -> None:
        self.codes = lists_of(expected)
        self._lists = [frequencies(code) for code in self.codes]
        self.usual = min((one.usual for one in self._lists), default=0.0)
        self.scripts = frozenset[str]().union(*(language(code).scripts for code in self.codes))
        self._asks_english = "Latn" in self.scripts and "en" not in self.codes
        self._foreign = foreign_classes(self.scripts, neutral=False)

    def read(self, text: str, words: Sequence[Word]) -> Reading:
        """The words of a text that are in letters of the expected languages; none where these have no list."""
        own = self._of_script(words) if self._lists else ()
        forms = [word.form for word in own]
        zipfs = np.zeros(len(own), dtype=np.float32)
        keys = hashes(forms)
        for one in self._lists:
            np.maximum(zipfs, zipfs_of(one, forms, keys), out=zipfs)
        english = zipfs_of(frequencies("en"), forms, keys) if self._asks_english else np.zeros_like(zipfs)
        return Reading(text, own, zipfs, english, self.usual)

    def zipf(self, form: str) -> float:
        """How common a word, in normal form, is in the expected language that has it most; 0 where none has it."""
        return max((one.zipf(form) for one in self._lists), default=0.0)

    def _of_script(self, words: Sequence[Word]) -> Sequence[Word]:
        points = np.fromiter((ord(word.form[:1] or " ") for word in words), dtype=np.uint32, count=len(words))
        foreign = self._foreign[letter_classes()[points]]
        if not foreign.any():
            return words
        return [word for word, other in zip(words, foreign.tolist(), strict=True) if not other]


def zipfs_of(one: Frequencies, forms: Sequence[str], keys: NDArray[np.int64]) -> NDArray[np.float32]:
    """How common words are; those that a list has only in parts ("l'acqua") as their longest part; float32 [words].

    Args:
        one: the list.
        forms: the words in normal form.
        keys: their `hashes`.
    """
    zipfs = one.zipfs_of(keys)
    for row in (zipfs == 0.0).nonzero()[0].tolist():
        if "'" in forms[row]:
            zipfs[row] = one.zipf(max(forms[row].split("'"), key=len))
    return zipfs
