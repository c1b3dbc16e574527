"""Line drift: whole lines in another language, by fastText (Joulin et al. 2016) where the script does not tell."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

import regex

from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.languages import lid
from tlpo_guard.languages.scripts import NEUTRAL, script_names, script_of
from tlpo_guard.languages.tags import language
from tlpo_guard.scan.result import Drift

__all__ = ["LineScan"]

_LEAST_WORDS = 5  # numbers among them, as in the benchmark
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LEAST_LETTERS = 10  # of a line without spaces between words
_FEWEST_LETTERS = 12
_KANA = re.compile("[\u3041-\u30ff]")
_SURE = 0.5
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


@lru_cache(maxsize=256)
def _scripts(label: str) -> frozenset[str]:
    """Scripts that a language of fastText's is written in; every script for one that is not known."""
    try:
        return language(label).scripts
    except UnknownLanguageError:
        return frozenset(script_names())


def _too_short(line: str, words: int) -> bool:
    enough = words >= _LEAST_WORDS - 1 and words + len(_NUMBER.findall(line)) >= _LEAST_WORDS
    enough = enough and sum(map(str.isalpha, line)) >= _FEWEST_LETTERS
    return not enough and _unspaced_letters(line) < _LEAST_LETTERS


def _unspaced_letters(line: str) -> int:
    return sum(len(found) for found in _unspaced().findall(line))


@cache
def _unspaced() -> "regex.Pattern[str]":
    return regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]+")


class LineScan:
    """Finds lines that are in none of the expected languages."""

    def __init__(self, expected: Sequence[str]) -> None:
        self._own = frozenset[str]().union(*map(_labels, expected))

    def drift(self, line: str, start: int) -> Drift | None:
        """The drift of one line; None where it is short, expected or in doubt, or mostly in another script than it seems.

        Args:
            line: without what may be foreign in it.
            start: its offset in the answer.
        """
        words = [(found.start(), found.end()) for found in _word().finditer(line)]
        if _too_short(line, len(words)):
            return None
        found = lid.predict(" ".join(line[begin:end] for begin, end in words).lower(), k=_CANDIDATES)
        label, probability = found[0]
        own = max((p for name, p in found if name in self._own), default=0.0)
        if label in self._own or probability < _SURE or own > _OWN or not _may_be(label, line):
            return None
        return Drift(start + words[0][0], start + words[-1][1], "line", label, round(probability, 4))

    def drifts(self, text: str) -> Iterator[Drift]:
        """The drifting lines of an answer, in order; what may be foreign is blank in it."""
        start = 0
        for line in text.split("\n"):
            if (drift := self.drift(line, start)) is not None:
                yield drift
            start += len(line) + 1


def _may_be(label: str, line: str) -> bool:
    """Whether the letters of a line allow a language: most are of its script, and Japanese has kana."""
    return _main_script(line) in _scripts(label) and (label != "ja" or _KANA.search(line) is not None)


def _main_script(line: str) -> str:
    """ISO 15924 code of the script that most letters of a line are in."""
    if line.isascii():
        return "Latn"
    counts = Counter(map(script_of, line))
    return max(counts.keys() - NEUTRAL, key=counts.__getitem__, default="Latn")
