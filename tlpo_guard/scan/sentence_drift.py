"""Sentences, clauses and headings in another language of the same script, told by their words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages import lid
from tlpo_guard.languages.relations import varieties_of_one_language
from tlpo_guard.languages.tags import language
from tlpo_guard.scan.reading import RARE_SHARE, Reader, Reading, zipfs_of
from tlpo_guard.scan.result import Drift, DriftKind
from tlpo_guard.scan.sentences import Border
from tlpo_guard.words import Word
from tlpo_guard.words.frequencies import frequencies
from tlpo_guard.words.hashing import hashes
from tlpo_guard.words.lists import listed

__all__ = ["SentenceScan", "Stretch", "list_of"]

# Zipf values by which the words of a stretch are rarer than the language's usual ones, from which on it is looked into: by the
# number of its words, from so many on.
_SUSPICIOUS = ((7, 0.9), (4, 1.1), (2, 1.3))
_ENGLISH = 1.0  # zipf values by which they are commoner in English, from which on it is looked into, too
_FLOOR = 2.5  # zipf value of a word that a list lacks
_NATS = 2.303  # of one zipf value
_CLIP = 6.0  # nats of one word at most
_CAPITAL = 0.2  # worth of a capitalised word that speaks for another language: it may be a name
_CANDIDATES = 4  # of fastText's labels
_LIKELY = 0.2  # fastText's probability of a language that is confirmed by the words
_MEAN = 1.0  # nats a word
_LISTS = {"no": "nb", "tl": "fil", "hr": "sh", "bs": "sh"}  # of fastText's labels whose list has another name


@dataclass(frozen=True, slots=True)
class _Rule:
    """What it takes to call a stretch between such borders foreign.

    Attributes:
        words: at least.
        nats: that they speak for the other language together.
        share: of them that do.
        asked: words from which on fastText is asked, too.
        long: words from which on its probabilities count.
        long_nats: that such a stretch takes.
    """

    words: int
    nats: float
    share: float
    asked: int
    long: int
    long_nats: float


_RULES = {
    Border.LINE: _Rule(words=2, nats=9.0, share=1.0, asked=3, long=6, long_nats=9.0),
    Border.SENTENCE: _Rule(words=3, nats=9.5, share=0.75, asked=4, long=6, long_nats=9.5),
    Border.CLAUSE: _Rule(words=4, nats=16.0, share=0.8, asked=6, long=6, long_nats=10.0),
}


class SentenceScan:
    """Finds stretches between borders whose words are of another language.

    Args:
        reader: of the expected languages.
        watched: languages (ISO 639) that are asked about in any case.
    """

    def __init__(self, reader: Reader, watched: Sequence[str]) -> None:
        self._reader = reader
        self._watched = tuple(watched)

    def drifts(self, reading: Reading) -> Iterator[Drift]:
        """The foreign stretches: first those of whole lines, then sentences, then clauses; they may overlap."""
        if not len(reading.words):
            return
        stretches: dict[tuple[int, int], Stretch] = {}  # a line may be one sentence and one clause
        for border, rule in _RULES.items():
            for first, last in self._suspicious(reading, border):
                if last - first < rule.words:
                    continue
                stretch = stretches.get((first, last))
                if stretch is None:
                    stretch = stretches[first, last] = Stretch(reading, first, last)
                if drift := self._judged(stretch, rule):
                    yield drift

    def _suspicious(self, reading: Reading, border: Border) -> Iterator[tuple[int, int]]:
        """First and last row of the stretches whose words are rarer than usual."""
        cuts = (reading.borders >= border).nonzero()[0]
        counts = np.empty_like(cuts)
        counts[:-1] = cuts[1:] - cuts[:-1]
        counts[-1] = len(reading.zipfs) - cuts[-1]
        zipfs, rare, english = np.add.reduceat(reading.columns, cuts, axis=1) / counts
        limits = np.full(len(counts), -1.0)
        for least, gap in reversed(_SUSPICIOUS):
            limits[counts >= least] = self._reader.usual - gap
        # Many lists have English words, too.
        suspicious = ((zipfs < limits) & (rare >= RARE_SHARE)) | (english - zipfs >= _ENGLISH)
        for index in suspicious.nonzero()[0].tolist():
            first = int(cuts[index])
            yield first, first + int(counts[index])

    def _judged(self, stretch: "Stretch", rule: _Rule) -> Drift | None:
        words = stretch.words
        likely = stretch.likely if len(words) >= rule.asked else {}
        best: Drift | None = None
        long = bool(likely) and len(words) >= rule.long
        for code in self._candidates(likely):
            if long and likely.get(code, 0.0) <= _LIKELY:
                continue
            ratios = stretch.ratios(code)
            score = float(ratios.sum())
            if long:
                sure = score >= max(rule.long_nats, _MEAN * len(words))
            else:
                sure = score >= rule.nats and float((ratios > 0).mean()) >= rule.share
            if sure and (best is None or score > best.score):
                best = Drift(words[0].start, words[-1].end, DriftKind.WORD, code, score)
        return best

    def _candidates(self, likely: dict[str, float]) -> list[str]:
        codes = [code for code in dict.fromkeys([*self._watched, *likely]) if code in listed()]
        return [c for c in codes if not self._is_own(c) and language(c).scripts <= self._reader.scripts]

    def _is_own(self, code: str) -> bool:
        return any(code == own or varieties_of_one_language(code, own) for own in self._reader.codes)


class Stretch:
    """Neighbouring words, and what is asked about them once, whatever the borders around them.

    Attributes:
        words: the words.
    """

    def __init__(self, reading: Reading, first: int, last: int) -> None:
        self.words = reading.words[first:last]
        self._own = reading.zipfs[first:last]
        self._forms = [word.form for word in self.words]
        self._ratios: dict[str, NDArray[np.float32]] = {}

    @cached_property
    def likely(self) -> dict[str, float]:
        """fastText's languages, by the names of their lists, and their probabilities."""
        guesses = dict(lid.predict(" ".join(self._forms), k=_CANDIDATES))
        return {list_of(label): probability for label, probability in guesses.items()}

    def ratios(self, code: str) -> NDArray[np.float32]:
        """Nats that each word speaks for the language of a list; float32 [words]."""
        ratios = self._ratios.get(code)
        if ratios is None:
            zipfs = zipfs_of(frequencies(code), self._forms, hashes(self._forms))
            ratios = self._ratios[code] = _ratios(zipfs, self._own, _capitals(self.words))
        return ratios


def list_of(label: str) -> str:
    """The list of words of one of fastText's labels."""
    return _LISTS.get(label, label)


def _capitals(words: Sequence[Word]) -> NDArray[np.bool_]:
    """Which words may be names; the first of a stretch begins with a capital anyway."""
    capitals = np.fromiter((word.capital for word in words), dtype=np.bool_, count=len(words))
    capitals[0] = False
    return capitals


def _ratios(other: NDArray[np.float32], own: NDArray[np.float32], capital: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Nats that each word speaks for the other language; float32 [words]."""
    ratios = np.clip(_NATS * (np.maximum(other, _FLOOR) - np.maximum(own, _FLOOR)), -_CLIP, _CLIP)
    return np.where(capital & (ratios > 0), _CAPITAL * ratios, ratios)
