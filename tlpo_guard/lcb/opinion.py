"""Whether a line is in a language, from what fastText's small model says and what the letters and words say.

The benchmark asks fastText's large model (lid.176.bin). The small one errs more often where the script alone tells the language
and between languages that are near each other; there the letters and the words decide.
"""

from collections import Counter
from collections.abc import Sequence

from tlpo_guard.languages.relations import JAPANESE_SYLLABARIES, TOLD_BY_SCRIPT, varieties_of_one_language
from tlpo_guard.languages.scripts import NEUTRAL, script_of
from tlpo_guard.languages.tags import language

__all__ = ["is_expected"]

_LEAST = 0.4  # the large model's threshold is 0.3; the small one gives lines that mix languages more than that
_SECOND = 0.2
_MIXED = 0.3  # more, by the share of Latin letters in a line of another script, to which it is too kind


def is_expected(line: str, expected: str, guesses: Sequence[tuple[str, float]]) -> bool:
    """Whether a line is in the expected language.

    Args:
        line: at least five words, without punctuation.
        expected: its ISO 639-1 code.
        guesses: fastText's (label, probability), best first.
    """
    label, probability = guesses[0]
    if label == expected and probability > _LEAST + _MIXED * _latin_share(line, expected):
        return True
    if expected in TOLD_BY_SCRIPT:
        return _by_script(line, expected)
    return varieties_of_one_language(label, expected) and dict(guesses).get(expected, 0.0) > _SECOND


def _latin_share(line: str, language_tag: str) -> float:
    """Share of Latin letters in a line of a language in another script."""
    if "Latn" in language(language_tag).scripts:
        return 0.0
    letters = [char for char in line if char.isalpha()]
    return sum(map(str.isascii, letters)) / len(letters) if letters else 0.0


def _by_script(line: str, language: str) -> bool:
    """Whether most letters are of the script that only this language has."""
    counts = Counter(script for char in line if (script := script_of(char)) not in NEUTRAL)
    kana, han, hangul = sum(counts[s] for s in JAPANESE_SYLLABARIES), counts["Hani"], counts["Hang"]
    letters = {"zh": 0 if kana > han else han, "ja": kana and kana + han, "ko": hangul}[language]
    return 2 * letters > counts.total()
