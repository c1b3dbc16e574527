"""Which prompts are no examples of answering in the user's language."""

from functools import cache
from typing import TYPE_CHECKING

from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.masking import has_code
from tlpo_guard.intent.names import find_names
from tlpo_guard.intent.phrases import PHRASES

if TYPE_CHECKING:
    import regex

__all__ = ["names_language"]


def names_language(text: str) -> bool:
    """Whether a text names a language, asks for a translation or holds code, so that foreign words in its answer may be right."""
    if has_code(text):
        return True
    folded = fold(text)
    return bool(find_names(folded)) or _translation().search(folded) is not None


@cache
def _translation() -> "regex.Pattern[str]":
    import regex

    return regex.compile("|".join(fold(row.translate) for row in PHRASES.values() if row.translate))
