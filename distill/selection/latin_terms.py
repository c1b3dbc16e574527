"""Which tokens in Latin letters may be of a name, an acronym or a term rather than of an English sentence."""

from tlpo_guard.words.english import is_english
from tlpo_guard.words.frequencies import frequencies

__all__ = ["is_latin_term"]

_COMMON = 5.5  # zipf value of the English words that begin sentences
_AROUND = ".,:;!?()\"'*- "


def is_latin_term(text: str) -> bool:
    """Whether a token is in Latin letters and begins no English sentence, so that it may stand in any language."""
    word = text.strip(_AROUND)
    if not word.isascii() or not any(map(str.isalpha, word)):
        return False
    if len(word) == 1 or not word.isalpha() or any(map(str.isupper, word[1:])):
        return True
    form = word.casefold()
    return frequencies("en").zipf(form) < _COMMON if word[0].isupper() else not is_english(form)
