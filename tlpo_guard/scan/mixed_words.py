"""Words that mix the letters of alphabets that look alike: Latin with Cyrillic or Greek."""

from collections.abc import Iterator
from functools import cache
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages.scripts import script_ids, script_names, script_of
from tlpo_guard.scan.result import Drift, DriftKind
from tlpo_guard.words.patterns import compiled

__all__ = ["MixedWords", "have_both"]

_LATIN = r"\p{Latin}"
_OTHER = r"\p{Cyrillic}\p{Greek}"
# Where one alphabet meets the other inside a word, the word around it; the word's beginning is looked for behind the match.
_MEETING = rf"(?<=[{_LATIN}])\p{{M}}*[{_OTHER}]|(?<=[{_OTHER}])\p{{M}}*[{_LATIN}]"
_WORD = rf"[{_LATIN}{_OTHER}\p{{M}}]+"
_ALPHABETS = frozenset({"Latn", "Cyrl", "Grek"})
_GREEK_WORD = 3  # letters; fewer beside Latin ones are a formula
_NAME = 2  # letters at least of a name or an acronym
_TRANSCRIBING = frozenset("/[]ˈˌː")
_ENDING = 4  # letters at most of an ending that is put to a name: "PDFами"


@cache
def _alphabets() -> NDArray[np.uint8]:
    """By script, 1 for Latin, 2 for those that look like it, else 0; uint8 [scripts]."""
    return np.asarray([1 if name == "Latn" else 2 * (name in _ALPHABETS) for name in script_names()], dtype=np.uint8)


def have_both(points: NDArray[np.uint32], starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which texts have Latin letters and others that look like them; bool [texts].

    Args:
        points: code points of the texts, one behind the other; uint32 [characters].
        starts: the place of each text's first one, ascending; int64 [texts].
    """
    both: NDArray[np.bool_] = np.bitwise_or.reduceat(_alphabets()[script_ids()[points]], starts) == 3
    return both


class MixedWords:
    """Finds such words; a name or an acronym with an ending of the language is none ("VIPов"), nor is a formula ("Δt").

    Args:
        scripts: ISO 15924 codes of what the expected languages are written in.
    """

    def __init__(self, scripts: frozenset[str]) -> None:
        self._scripts = scripts

    def drifts(self, text: str) -> Iterator[Drift]:
        """From the first letter that is out of place to the last, of each such word, in order."""
        if compiled(_MEETING).search(text) is None:
            return
        for match in compiled(_WORD).finditer(text):
            drift = self._drift(match.group(), match.start())
            if drift is not None and not _is_phonetic(text, match.start(), match.end()):
                yield drift

    def _drift(self, word: str, start: int) -> Drift | None:
        scripts = [script_of(char) for char in word]
        parts = [(script, len(list(group))) for script, group in groupby(s for s in scripts if s in _ALPHABETS)]
        if len(parts) < 2 or _holds_name(word, parts) or _is_formula(parts):
            return None
        counts = {script: scripts.count(script) for script, _ in parts}
        foreign = counts.keys() - self._scripts
        stray = min(foreign if len(foreign) == 1 else counts, key=counts.__getitem__)
        offsets = [offset for offset, script in enumerate(scripts) if script == stray]
        return Drift(start + offsets[0], start + offsets[-1] + 1, DriftKind.SCRIPT, stray, 1.0)


def _holds_name(word: str, parts: list[tuple[str, int]]) -> bool:
    """Whether a name or an acronym in Latin letters has a short ending, or only lacks the space before it."""
    if len(parts) != 2 or parts[0][1] < _NAME or max(parts[0][1], parts[1][1]) == len(word) - 1:
        return False
    first, second = word[: parts[0][1]], word[parts[0][1] :]
    if parts[0][0] == "Latn":
        return any(map(str.isupper, first)) and len(second) <= _ENDING and second.islower()
    return second[0].isupper()


def _is_phonetic(text: str, start: int, end: int) -> bool:
    """Whether a word is part of a transcription, where θ, β and χ are letters as others: `/ˈmæθs/`."""
    return not _TRANSCRIBING.isdisjoint(text[max(start - 1, 0) : start] + text[end : end + 1])


def _is_formula(parts: list[tuple[str, int]]) -> bool:
    """Whether the Greek letters are symbols: none inside the word, and no word of their own."""
    greek = [count for script, count in parts if script == "Grek"]
    if not greek:
        return False
    inside = any(script == "Grek" for script, _ in parts[1:-1])
    return max(greek) < _GREEK_WORD and not inside
