"""Line drift: whole lines in another language, by fastText (Joulin et al. 2016) where the script does not tell."""

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

import regex

from tlpo_guard import lid
from tlpo_guard.languages import language
from tlpo_guard.scan.drift import Drift

__all__ = ["LineScan"]

_LEAST_WORDS = 5
_LEAST_LETTERS = 20  # of a line without spaces between words
_SURE = 0.7
_OWN = 0.1  # an expected language this probable keeps its line
_CANDIDATES = 4
# Labels of fastText that stand for the same written language, or for one that it does not tell from it.
_SAME = (
    {"zh", "wuu", "yue", "gan"},
    {"no", "nb", "nn", "da"},
    {"id", "ms", "jv", "su", "min"},
    {"sr", "hr", "bs", "sh"},
    {"ar", "arz"},
    {"pt", "gl"},
    {"es", "gl", "ast", "an"},
    {"fa", "mzn", "pnb"},
    {"tl", "ceb", "war", "fil"},
    {"tr", "az"},
    {"hi", "mr", "ne", "mai", "bh", "sa"},
    {"uk", "rue"},
    {"de", "nds", "als", "bar"},
    {"nl", "li", "af"},
    {"cs", "sk"},
)


@cache
def _word() -> "regex.Pattern[str]":
    return regex.compile(r"[\p{L}\p{M}]+(?:['’\-][\p{L}\p{M}]+)*")


@lru_cache(maxsize=256)
def _labels(tag: str) -> frozenset[str]:
    """fastText's labels that speak for a language."""
    base = language(tag).tag.split("-")[0]
    return frozenset({base}).union(*(group for group in _SAME if base in group))


class LineScan:
    """Finds lines that are in none of the expected languages."""

    def __init__(self, expected: Sequence[str]) -> None:
        self._own = frozenset[str]().union(*map(_labels, expected))

    def drift(self, line: str, start: int) -> Drift | None:
        """The drift of one line; None where it is short, expected or in doubt.

        Args:
            line: without what may be foreign in it.
            start: its offset in the answer.
        """
        words = [(found.start(), found.end()) for found in _word().finditer(line)]
        if len(words) < _LEAST_WORDS and sum(end - begin for begin, end in words) < _LEAST_LETTERS:
            return None
        found = lid.predict(" ".join(line[begin:end] for begin, end in words).lower(), k=_CANDIDATES)
        label, probability = found[0]
        own = max((p for name, p in found if name in self._own), default=0.0)
        if label in self._own or probability < _SURE or own > _OWN:
            return None
        return Drift(start + words[0][0], start + words[-1][1], "line", label, round(probability, 4))

    def drifts(self, text: str) -> Iterator[Drift]:
        """The drifting lines of an answer, in order; what may be foreign is blank in it."""
        start = 0
        for line in text.split("\n"):
            if (drift := self.drift(line, start)) is not None:
                yield drift
            start += len(line) + 1
