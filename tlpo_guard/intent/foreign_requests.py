"""Which prompts are no examples of answering in the user's language."""

from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING

from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.language_names import find_names
from tlpo_guard.intent.masking import has_code
from tlpo_guard.intent.phrases import PHRASES
from tlpo_guard.languages.relations import base_language
from tlpo_guard.words.patterns import compiled

if TYPE_CHECKING:
    import regex

__all__ = ["names_language"]


def names_language(text: str, expected: Collection[str] = ()) -> bool:
    """Whether a text names a language, asks for a translation or holds code, so that foreign words in its answer may be right.

    Args:
        text: a prompt.
        expected: BCP-47 tags that it may name all the same: "answer in Korean" invites nothing foreign into a Korean answer.
    """
    if has_code(text):
        return True
    folded = fold(text)
    expected_codes = set(map(base_language, expected))
    named = any(expected_codes.isdisjoint(base_language(tag) for _, tag in hit.readings) for hit in find_names(folded))
    return named or _translation().search(folded) is not None


@cache
def _translation() -> "regex.Pattern[str]":
    return compiled("|".join(fold(row.translate) for row in PHRASES.values() if row.translate))
