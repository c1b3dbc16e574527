"""Code point to Unicode script, as numpy tables: one of all code points, and a short one of classes for every set of scripts.

Scripts are named by ISO 15924 codes, parts of scripts as in `repertoires`; a set of allowed scripts may hold both. A letter
belongs to its script, and to those of its parts that have it.

The Script property decides. Letters and marks that Unicode calls Common but lists under certain scripts in Script_Extensions
(the katakana length mark, the Arabic tatweel) count as letters of those scripts; Common punctuation, digits and symbols are
neutral everywhere. So is what is no letter and no mark, whatever its script: currency signs, numerals, punctuation. A letter that
may stand alone for a thing (`SYMBOL`) belongs to its script only with others of its kind.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

import numpy as np
from fontTools.unicodedata import ScriptExtensions, Scripts
from numpy.typing import NDArray

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.languages.relations import SCRIPTS_OF_CHINESE_AND_JAPANESE
from tlpo_guard.languages.repertoires import GREEK_SYMBOLS, LONE_SYMBOLS, missing_letters, parts_of

__all__ = [
    "CODE_POINTS",
    "NEUTRAL",
    "SIGN",
    "SYMBOL",
    "class_scripts",
    "code_points",
    "foreign_classes",
    "greek_letters",
    "letter_classes",
    "script_code",
    "script_ids",
    "script_names",
    "script_of",
    "writing_system",
]

CODE_POINTS = 0x110000
NEUTRAL = frozenset({"Zyyy", "Zinh", "Zzzz"})

SIGN = "Zsgn"  # signs of single scripts are common, but nothing to begin a character for
SYMBOL = "Zsym"  # letters that may be symbols

_IDEOGRAPHIC_ZERO = 0x3007
_CACHED_CHARACTERS = 8192
_LETTERS_ALONE = (range(0x3400, 0xA000), range(0xAC00, 0xD7A4), range(0x17000, 0x18D00), range(0x20000, 0x32000))
# Signs that Unicode has for letters: ordinals, Kelvin and ohm, Arabic words that are one character, the halfwidth voicing marks.
_SIGNS_AMONG_LETTERS = (0xAA, 0xBA, 0x2126, 0x212A, 0x212B, *range(0xFDF0, 0xFDFC), 0xFF9E, 0xFF9F)


@cache
def script_names() -> tuple[str, ...]:
    """ISO 15924 codes of all scripts, sorted."""
    return tuple(sorted(set(Scripts.VALUES)))


def script_code(name: str) -> str:
    """The ISO 15924 code of a script, as in `grek` or `Grek`.

    Raises:
        ConfigurationError: Unicode has no script of this code.
    """
    code = name.strip().capitalize()
    if code not in script_names() or code in NEUTRAL:
        raise ConfigurationError(f"unknown script {name!r}: use an ISO 15924 code such as 'Grek' or 'Hani'")
    return code


@cache
def script_ids() -> NDArray[np.uint8]:
    """Index into the sorted script names, for every code point; shape [0x110000], uint8."""
    index = {name: i for i, name in enumerate(script_names())}
    starts = np.asarray(Scripts.RANGES, dtype=np.int64)
    lengths = np.diff(np.append(starts, CODE_POINTS))
    table = np.repeat(np.asarray([index[v] for v in Scripts.VALUES], dtype=np.uint8), lengths)
    table[_IDEOGRAPHIC_ZERO] = index["Zyyy"]
    return table


@lru_cache(maxsize=_CACHED_CHARACTERS)
def script_of(char: str) -> str:
    """ISO 15924 code of one character's script, `Zyyy` for common ones."""
    return script_names()[int(script_ids()[ord(char)])]


def writing_system(char: str) -> str | None:
    """The script of a letter, `Jpan` for what Chinese and Japanese are written in; None for what is neutral."""
    script = script_of(char)
    if script in NEUTRAL:
        return None
    return "Jpan" if script in SCRIPTS_OF_CHINESE_AND_JAPANESE else script


@cache
def _classes() -> tuple[NDArray[np.uint8], tuple[frozenset[str], ...]]:
    classes = script_ids().copy()
    scripts = [frozenset({name}) | parts_of(name) for name in script_names()]
    numbers = {members: number for number, members in enumerate(scripts)}

    def number(members: frozenset[str]) -> int:
        if members not in numbers:
            numbers[members] = len(scripts)
            scripts.append(members)
        return numbers[members]

    for point, members in (*_shared_letters(), *_letters_of_some_parts()):
        classes[point] = number(members)
    for symbol in sorted(GREEK_SYMBOLS | LONE_SYMBOLS):
        classes[ord(symbol)] = number(scripts[classes[ord(symbol)]] | {SYMBOL})
    classes[_signs()] = number(frozenset({"Zyyy", SIGN}))
    classes.flags.writeable = False
    return classes, tuple(scripts)


def _shared_letters() -> Iterator[tuple[int, frozenset[str]]]:
    """Common letters with the scripts that share them."""
    ends = [*ScriptExtensions.RANGES[1:], CODE_POINTS]
    for start, end, scripts in zip(ScriptExtensions.RANGES, ends, ScriptExtensions.VALUES, strict=True):
        if scripts is None or len(scripts) == 0 or scripts & NEUTRAL:
            continue
        for point in range(start, end):
            if script_of(chr(point)) == "Zyyy" and unicodedata.category(chr(point)).startswith("L"):
                yield point, frozenset(scripts).union(*map(parts_of, scripts))


def _letters_of_some_parts() -> Iterator[tuple[int, frozenset[str]]]:
    """Letters that a part of their script lacks, with their script and the parts that have them."""
    missing: dict[str, set[str]] = {}
    for part, letters in missing_letters().items():
        for letter in letters:
            missing.setdefault(letter, set()).add(part)
    for letter, parts in sorted(missing.items()):
        script = script_of(letter)
        yield ord(letter), frozenset({script}) | parts_of(script) - parts


def _signs() -> list[int]:
    """Code points of a script that are no letters and no marks."""
    signs = list(_SIGNS_AMONG_LETTERS)
    ends = [*Scripts.RANGES[1:], CODE_POINTS]
    for start, end, script in zip(Scripts.RANGES, ends, Scripts.VALUES, strict=True):
        if script not in NEUTRAL and not any(start in letters for letters in _LETTERS_ALONE):
            signs += (point for point in range(start, end) if _is_sign(chr(point)))
    return signs


def _is_sign(character: str) -> bool:
    """A letter of a later Unicode than Python's has the category Cn, and is none."""
    category = unicodedata.category(character)
    return category[0] not in "LM" and category != "Cn"


@cache
def greek_letters() -> NDArray[np.bool_]:
    """Which code points are Greek letters; bool [0x110000]."""
    greek = np.asarray(["Grek" in scripts for scripts in class_scripts()])
    letters: NDArray[np.bool_] = greek[letter_classes()]
    return letters


def class_scripts() -> tuple[frozenset[str], ...]:
    """The scripts and parts of scripts that have the letters of each class; first the scripts, in the order of their names."""
    return _classes()[1]


def letter_classes() -> NDArray[np.uint8]:
    """The class of every code point, by the scripts and parts of scripts that have it; uint8 [0x110000], one table for all."""
    return _classes()[0]


def foreign_classes(allowed: Iterable[str], *, neutral: bool = True) -> NDArray[np.bool_]:
    """Which of the `letter_classes` are foreign to the allowed scripts; bool [classes], some two hundred.

    Args:
        allowed: scripts and parts of scripts that are not foreign.
        neutral: whether common, inherited and unassigned code points count as allowed too.
    """
    permitted = frozenset(allowed) | (NEUTRAL if neutral else frozenset())
    return np.asarray([not scripts & permitted for scripts in class_scripts()])


def code_points(text: str) -> NDArray[np.uint32]:
    """The code points of a text, lone surrogates among them; uint32 [characters]."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
