"""Languages that a message mentions in a form that no table has, by the stem of their names in the message's own language.

Good enough to admit a language, never to expect it: "kórejsky" has the stem of "kórejčina".
"""

from collections import defaultdict
from functools import lru_cache

from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.language_names import names_of_languages
from tlpo_guard.intent.phrases import PHRASES
from tlpo_guard.languages.relations import base_language
from tlpo_guard.words.patterns import LETTERS, compiled

__all__ = ["mentioned_languages"]

_STEM = 4  # letters; in scripts whose letters are syllables fewer make a stem
_SYLLABIC_STEM = 3
_LOST = 4  # letters at the end of a name that another form may lack
_CACHED_LOCALES = 32


def mentioned_languages(text: str, own: str) -> tuple[str, ...]:
    """Tags of the languages that a text may mention.

    Args:
        text: own words of a message.
        own: BCP-47 tag of their language; of the best known ones the forms of names are known, and nothing is guessed.
    """
    locale = base_language(own)
    stems = {} if locale in PHRASES else _stems(locale)
    found: dict[str, None] = {}
    for word in compiled(LETTERS).findall(fold(text)):
        for size in (_STEM, _SYLLABIC_STEM):
            for stem, tag in stems.get(word[:size], ()):
                if word.startswith(stem):
                    found[tag] = None
    return tuple(found)


@lru_cache(maxsize=_CACHED_LOCALES)
def _stems(locale: str) -> dict[str, list[tuple[str, str]]]:
    """The beginning of a name's stem -> (stem, tag), of the names in one language; empty where CLDR has none."""
    stems: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, tag in names_of_languages(locale):
        least = _SYLLABIC_STEM if name[:1] > "\u0900" else _STEM
        stem = name[: max(least, len(name) - _LOST)]
        if len(stem) >= least and " " not in stem:
            stems[stem[:least]].append((stem, tag))
    return dict(stems)
