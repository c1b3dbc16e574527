"""Which words of an answer pass."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.languages.relations import base_language
from tlpo_guard.languages.scripts import NEUTRAL, script_of
from tlpo_guard.languages.tags import language
from tlpo_guard.lcb.line_words import words

__all__ = ["WordCounts", "count_words"]

_LATEX = re.compile(r"\\[A-Za-z]++")
_WORD = re.compile(r"\w[\w'-]*+")
_ADDRESS = re.compile(
    r"(?i)https?://[!-~]++|(?<![\w@])www\.[!-~]++|(?<![a-z0-9._%+-])[a-z0-9._%+-]++@[a-z0-9-]++(?:\.[a-z0-9-]++)++"
)
_LATIN_RUN = re.compile(r"[A-Za-z]++")
_PHONETIC = re.compile("[\u0250-\u036f\u1d00-\u1dbf]++")  # IPA and its extensions, modifiers, combining marks
_SIGNS = re.compile("[\u2100-\u218f\U0001d400-\U0001d7fføÅ]++")  # letterlike symbols, number forms, letters of formulas

_PREFIXED = {"": "kmcdn", "m": "", "g": "km", "l": "mcd", "s": "mn", "w": "km", "v": "km", "hz": "kmg", "b": "kmgt"}
_PREFIXED |= {"pa": "kmh", "j": "km", "n": "k", "bar": "m", "ev": "km", "mol": "mk", "cal": "k"}
_UNITS = (
    "a c f k p t u x d oz lb lbs ft in yd mi km cm mm nm sq ha acre gal qt pt bbl fl ml dl cl hp btu kwh wh mph rpm db cd lm lx"
    " sv gy bq wb h min kgf lbf psi atm mmhg torr dyn erg kat det ppm au ly st kn kt bit byte"
)
_FUNCTIONS = "sin cos tan log ln exp lim max"
_FORMATS = "json html css python java https http cpu vcpu ram"
_SYMBOLS = frozenset(
    [prefix + unit for unit, prefixes in _PREFIXED.items() for prefix in ("", *prefixes)]
    + f"{_UNITS} {_FUNCTIONS} {_FORMATS}".split()
)
_TONES = "\u0304\u0301\u030c\u0300\u0308"  # of pinyin, as combining marks; the last one is that of ü


@dataclass(frozen=True, slots=True)
class WordCounts:
    """Rated words of an answer.

    Attributes:
        own: pass whether or not English counts.
        own_with_english: hold ASCII letters, too, and fail where English counts.
        english: hold ASCII letters alone; not rated where English is neutral, and fail where it counts.
        foreign: fail whether or not English counts.
    """

    own: int = 0
    own_with_english: int = 0
    english: int = 0
    foreign: int = 0

    def passing(self, english_counts: bool) -> int:
        """Words that pass."""
        return self.own + (0 if english_counts else self.own_with_english)

    def failing(self, english_counts: bool) -> int:
        """Words that fail."""
        return self.foreign + (self.own_with_english + self.english if english_counts else 0)


def count_words(answer: str, tag: str) -> WordCounts:
    """The rated words of an answer, by what they hold.

    Args:
        tag: expected language, BCP-47.

    Raises:
        ConfigurationError: the language is written in Latin letters, of which these rates tell nothing.
    """
    scripts = _scripts(tag)
    chinese = base_language(tag) == "zh"
    counts = dict.fromkeys(WordCounts.__slots__, 0)
    for word in _words(answer, base_language(tag)):
        if kind := _kind(word, scripts, chinese):
            counts[kind] += 1
    return WordCounts(**counts)


@lru_cache
def _scripts(tag: str) -> frozenset[str]:
    scripts = language(tag).scripts
    if "Latn" in scripts:
        raise ConfigurationError(
            f"{tag!r} is written in Latin letters, which the paper's metrics do not rate; take --metrics lcb"
        )
    return scripts


def _words(answer: str, code: str) -> Iterator[str]:
    text = _LATIN_RUN.sub(lambda run: "" if run[0].lower() in _SYMBOLS else run[0], _ADDRESS.sub("", answer))
    text = _SIGNS.sub("", _PHONETIC.sub("", _LATEX.sub(" ", text)))
    for line in text.split("\n"):
        yield from words(line, code) if code in ("zh", "ja") else _WORD.findall(line)


def _kind(word: str, scripts: frozenset[str], chinese: bool) -> str | None:
    """What a word holds; None where it is not rated."""
    kinds = {_letter(letter, scripts, chinese) for letter in word if unicodedata.category(letter)[0] in "LM"}
    if "foreign" in kinds:
        return "foreign"
    if "english" in kinds and not _capital(word):
        return "own_with_english" if "own" in kinds else "english"
    return "own" if "own" in kinds else None


def _letter(letter: str, scripts: frozenset[str], chinese: bool) -> str | None:
    if letter.isascii():
        return "english"
    script = script_of(letter)
    if script in scripts:
        return "own"
    if script in NEUTRAL or script == "Grek" or unicodedata.category(letter) == "Lm":
        return None
    return None if chinese and _toned(letter) else "foreign"


def _toned(letter: str) -> bool:
    """Whether a letter is a vowel of pinyin with its tone."""
    written = unicodedata.normalize("NFD", letter)
    return written[0] in "aeiouAEIOU" and len(written) > 1 and all(mark in _TONES for mark in written[1:])


def _capital(word: str) -> bool:
    """Whether a word, or what stands behind its last apostrophe (d'Arc), begins with a Latin capital."""
    parts = (word, word.rpartition("'")[2])
    return any(part[:1].isupper() and script_of(part[0]) == "Latn" for part in parts)
