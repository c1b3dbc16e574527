"""Judges by other people's models and rules."""

from tlpo_guard.languages import lid
from tlpo_guard.languages.relations import varieties_of_one_language
from tlpo_guard.lcb.english_words import english_words
from tlpo_guard.lcb.judgement import judge

__all__ = ["by_fasttext", "by_lines"]

_LEAST_LETTERS = 8  # of an answer that fastText is asked about


def by_fasttext(text: str, tag: str) -> bool:
    """Whether fastText (lid.176.ftz) takes the whole answer for one in another language."""
    if sum(map(str.isalpha, text)) < _LEAST_LETTERS:
        return False
    ((label, _),) = lid.predict(text)
    return label != tag and not varieties_of_one_language(label, tag)


def by_lines(text: str, tag: str) -> bool:
    """Whether a line of five words or more fails, as the Language Confusion Benchmark's line pass rate has it."""
    return judge(text, tag, english_words()).lines is False
