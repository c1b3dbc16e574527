"""The expressions of `phrases` and `further_phrases`, compiled."""

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING

from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.further_phrases import FURTHER_PHRASES
from tlpo_guard.intent.phrases import PHRASES, Phrases
from tlpo_guard.words.patterns import compiled

if TYPE_CHECKING:
    import regex

__all__ = ["Wording", "wordings"]


class Wording:
    """One language's expressions over folded text; see `Phrases`. Each is compiled when it is first asked for: all take half a
    second."""

    into: "regex.Pattern[str]"
    after: "regex.Pattern[str]"
    genre: "regex.Pattern[str]"
    answer: "regex.Pattern[str]"
    write: "regex.Pattern[str]"
    translate: "regex.Pattern[str]"
    aside: "regex.Pattern[str]"
    question: "regex.Pattern[str]"
    standing: "regex.Pattern[str]"
    no: "regex.Pattern[str]"
    conjunction: "regex.Pattern[str]"
    label: "regex.Pattern[str]"
    same: "regex.Pattern[str]"
    opening: "regex.Pattern[str]"
    loose_opening: "regex.Pattern[str]"
    closing: "regex.Pattern[str]"

    def __init__(self, row: Phrases) -> None:
        self._sources = _sources(row)

    def __getattr__(self, name: str) -> "regex.Pattern[str]":
        if name not in Wording.__annotations__:
            raise AttributeError(name)
        pattern = compiled(self._sources.get(name) or _NOTHING)
        setattr(self, name, pattern)
        return pattern


_NOTHING = r"(?!)"


@cache
def wordings() -> dict[str, Wording]:
    """Language of a request -> its expressions."""
    return {locale: Wording(row) for locale, row in (PHRASES | FURTHER_PHRASES).items()}


def _sources(row: Phrases) -> dict[str, str]:
    source = {field.name: fold(getattr(row, field.name)) for field in fields(row)}
    into, after, filler = source["into"], source["after"] or _NOTHING, source.pop("filler") or _NOTHING
    wrapped = {
        "into": f"(?:{into})[ -]?$" if into else _NOTHING,
        "no": f"(?:{source['no']})(?:{into or _NOTHING})? ?-?$" if source["no"] else _NOTHING,
        "label": rf"\W*(?:\w+ )?(?:{source['label']})[ *_]*[:=：-][ *_]*" if source["label"] else _NOTHING,
        "opening": rf"\W*(?:{filler}\W*)*(?:(?:{into or _NOTHING})[ -]?)?",
        # one word that no row has, such as a misspelt "anwser", does no harm
        "loose_opening": rf"\W*(?:{filler}\W*)*(?:[a-zα-ωа-яіїє'-]+ )?(?:{filler}\W*)*(?:(?:{into or _NOTHING})[ -]?)?",
        "closing": rf"(?:{after})?\W*(?:{filler}\W*)*",
    }
    return source | wrapped
