"""Line drift: whole lines in another language, by fastText (Joulin et al. 2016) where the script does not tell."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.languages import lid
from tlpo_guard.languages.relations import LETTERS_WITHOUT_SPACES, base_language, confused_by_fasttext
from tlpo_guard.languages.scripts import NEUTRAL, script_names, script_of
from tlpo_guard.languages.tags import language
from tlpo_guard.scan.result import Drift, DriftKind
from tlpo_guard.words.patterns import HYPHENATED_WORD, compiled

__all__ = ["LineScan"]

_LEAST_WORDS = 5  # numbers among them, as in the benchmark
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LEAST_LETTERS = 10  # of a line without spaces between words
_FEWEST_LETTERS = 12
_KANA = re.compile("[\u3041-\u30ff]")
_MOST_KANA = 0.1  # share of a Chinese line's letters, which may quote a Japanese word
_SURE = 0.5
_POSSIBLE = 0.1  # an expected language this probable keeps its line
_CANDIDATES = 4
_UNSPACED = f"[{LETTERS_WITHOUT_SPACES}]+"


@lru_cache(maxsize=256)
def _labels(tag: str) -> frozenset[str]:
    """fastText's labels that speak for a language."""
    return confused_by_fasttext(base_language(language(tag).tag))


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
    return sum(map(len, compiled(_UNSPACED).findall(line)))


class LineScan:
    """Finds lines that are in none of the expected languages.

    Args:
        expected: BCP-47 tags.
    """

    def __init__(self, expected: Sequence[str]) -> None:
        self._expected_labels = frozenset[str]().union(*map(_labels, expected))

    def drift(self, line: str, start: int) -> Drift | None:
        """The drift of one line; None where it is short, expected or in doubt, or mostly in another script than it seems.

        Args:
            line: without what may be foreign in it.
            start: its offset in the answer.
        """
        words = [match.span() for match in compiled(HYPHENATED_WORD).finditer(line)]
        if _too_short(line, len(words)):
            return None
        guesses = lid.predict(" ".join(line[slice(*span)] for span in words).lower(), k=_CANDIDATES)
        label, probability = guesses[0]
        expected = max((p for name, p in guesses if name in self._expected_labels), default=0.0)
        if label in self._expected_labels or probability < _SURE or expected > _POSSIBLE or not _may_be(label, line):
            return None
        return Drift(start + words[0][0], start + words[-1][1], DriftKind.LINE, label, round(probability, 4))

    def drifts(self, text: str, is_usual: Callable[[int, int], bool]) -> Iterator[Drift]:
        """The drifting lines of an answer, in order.

        Args:
            text: the answer; what may be foreign is blank in it.
            is_usual: whether the words between two offsets leave no doubt that they are expected.
        """
        start = 0
        for line in text.split("\n"):
            end = start + len(line)
            drift = None if len(line) < _LEAST_LETTERS or is_usual(start, end) else self.drift(line, start)
            if drift is not None:
                yield drift
            start = end + 1


def _may_be(label: str, line: str) -> bool:
    """Whether the letters of a line allow a language: most are of its script, Japanese has kana, and Chinese has none."""
    if _main_script(line) not in _scripts(label):
        return False
    if label == "zh":
        return len(_KANA.findall(line)) <= _MOST_KANA * sum(map(str.isalpha, line))
    return label != "ja" or _KANA.search(line) is not None


def _main_script(line: str) -> str:
    """ISO 15924 code of the script that most letters of a line are in."""
    if line.isascii():
        return "Latn"
    counts = Counter(map(script_of, line))
    return max(counts.keys() - NEUTRAL, key=counts.__getitem__, default="Latn")
