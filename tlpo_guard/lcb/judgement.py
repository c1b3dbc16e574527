"""Pass or fail of one completion."""

import string
from collections.abc import Iterator
from dataclasses import dataclass

from tlpo_guard.languages import lid
from tlpo_guard.languages.relations import BENCHMARK_LANGUAGES_WITHOUT_LATIN
from tlpo_guard.lcb.line_words import words
from tlpo_guard.lcb.opinion import is_expected

__all__ = ["Judgement", "checked_lines", "judge", "line_passes"]

_PUNCTUATION = str.maketrans("—", " ", string.punctuation + "،")
_LEAST_WORDS = 5
_GUESSES = 3  # of fastText that are weighed


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the benchmark says of a completion.

    Attributes:
        lines: no line fails; None where no line is long enough to judge, and the completion does not count.
        words: no English word stands in its lines; None where the benchmark does not ask: in languages in Latin letters, and
            where a line fails.
    """

    lines: bool | None
    words: bool | None


def judge(completion: str, language: str, english: frozenset[str]) -> Judgement:
    """Judge a completion.

    Args:
        completion: what the model wrote.
        language: expected, ISO 639-1.
        english: lower-case words that the word pass rate looks for; in capitals they are names.
    """
    lines = list(checked_lines(completion, language))
    if not lines:
        return Judgement(None, None)
    passes = all(line_passes(line, language) for line, _ in lines)
    if not passes or language not in BENCHMARK_LANGUAGES_WITHOUT_LATIN:
        return Judgement(passes, None)
    return Judgement(True, all(english.isdisjoint(line_words) for _, line_words in lines))


def checked_lines(completion: str, language: str) -> Iterator[tuple[str, list[str]]]:
    """The lines of five words and more with their words, without punctuation, up to a question that the model asks itself."""
    for line in completion.split("\nQ:")[0].strip().translate(_PUNCTUATION).split("\n"):
        line_words = words(line, language)
        if len(line_words) >= _LEAST_WORDS:
            yield line, [word.strip() for word in line_words]


def line_passes(line: str, language: str) -> bool:
    """Whether a line is in the expected language."""
    return is_expected(line, language, lid.predict(line, k=_GUESSES))
