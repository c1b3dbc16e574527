"""A language that is what a request is about: "word order in German", "die Fälle im Russischen", "my essay in French".

"Explain the cases in German" asks about German, "explain the rain in German" asks for German. What stands before the name tells:
a word of grammar, of speech or of literature, in a clause that asks for no text. In doubt it is a topic, which decides nothing.
"""

from functools import cache
from typing import TYPE_CHECKING

from tlpo_guard.intent.clauses import Group
from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.language_names import find_names
from tlpo_guard.intent.topic_words import BEHIND, TALKS_ABOUT, TOPIC_WORDS
from tlpo_guard.intent.wording import Wording
from tlpo_guard.words.patterns import compiled

if TYPE_CHECKING:
    import regex

__all__ = ["is_topic"]

_NEAR = 80  # characters before a name in which its topic stands
_NOTHING = r"(?!)"
_ABOUT = r"(?!.*\b(?:about|on|uber|sur|sobre|su|sul\w*|over|om|o|ob)\b)"  # a text about German may be in any language


def is_topic(group: Group, locale: str, row: Wording) -> bool:
    """Whether a request asks about the language that it names, and not for it.

    Args:
        group: the name and its clause.
        locale: language of the request.
        row: its wording.
    """
    if (behind := BEHIND.get(locale)) and compiled(behind).match(group.after):
        return True
    words = _expressions(locale)
    if words is None or row.translate.search(group.clause):
        return False
    if row.answer.search(compiled(TALKS_ABOUT).sub("", group.before)):
        return False
    before = group.before[-_NEAR:]
    if words["texts"].search(before) and words["reviews"].search(group.before):
        return True
    if words["writes"].search(group.before) or _names_another(group, TOPIC_WORDS[locale].preposition):
        return False
    return any(words[kind].search(before) for kind in ("place", "nouns", "heads"))


def _names_another(group: Group, preposition: str) -> bool:
    """Whether another language is the topic: "explain German word order in Korean".

    One behind the preposition is asked for: "explain in English the cases in German".
    """
    asked = compiled(rf"(?:^| )(?:{preposition}) $")
    return any(not asked.search(group.before[: hit.start]) for hit in find_names(group.before))


@cache
def _expressions(locale: str) -> "dict[str, regex.Pattern[str]] | None":
    row = TOPIC_WORDS.get(locale)
    if row is None:
        return None
    preposition = rf" (?:{row.preposition}) $"
    sources = {
        "nouns": rf"(?<!\w)(?:{row.nouns})(?!\w).*{preposition}" if row.nouns else _NOTHING,
        "heads": rf"(?<!\w)(?:{row.heads})(?: \w+)?{preposition}" if row.heads else _NOTHING,
        "place": row.place or _NOTHING,
        "texts": rf"(?<!\w)(?:{row.texts})(?: \w+)?{preposition}" if row.texts else _NOTHING,
        "reviews": rf"(?<!\w)(?:{row.reviews or _NOTHING})(?!\w)",
        "writes": rf"(?<!\w)(?:{row.writes or _NOTHING})(?!\w){_ABOUT}",
    }
    return {kind: compiled(fold(source)) for kind, source in sources.items()}
