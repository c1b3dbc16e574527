"""Code point to Unicode script, as numpy tables.

The Script property decides. Letters and marks that Unicode calls Common but lists under certain scripts in Script_Extensions
(the katakana length mark, the Arabic tatweel) count as letters of those scripts; Common punctuation, digits and symbols are
neutral everywhere.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache

import numpy as np
from fontTools.unicodedata import ScriptExtensions, Scripts
from numpy.typing import NDArray

from tlpo_guard.errors import ConfigurationError

__all__ = [
    "CODE_POINTS",
    "NEUTRAL",
    "foreign_table",
    "script_code",
    "script_ids",
    "script_names",
    "script_of",
    "shared_letters",
    "writing_system",
]

CODE_POINTS = 0x110000
NEUTRAL = frozenset({"Zyyy", "Zinh", "Zzzz"})

_JAPANESE = frozenset({"Hani", "Hira", "Kana"})
_IDEOGRAPHIC_ZERO = 0x3007


@cache
def script_names() -> tuple[str, ...]:
    """ISO 15924 codes of all scripts, sorted."""
    return tuple(sorted(set(Scripts.VALUES)))


def script_code(name: str) -> str:
    """The ISO 15924 code of a script, as in `grek` or `Grek`.

    Raises:
        ConfigurationError: no script of Unicode's has this code.
    """
    code = name.strip().capitalize()
    if code not in script_names() or code in NEUTRAL:
        raise ConfigurationError(f"{name!r} is no script; use an ISO 15924 code such as 'Grek' or 'Hani'")
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


def script_of(char: str) -> str:
    """ISO 15924 code of one character's script, `Zyyy` for common ones."""
    return script_names()[int(script_ids()[ord(char)])]


def writing_system(char: str) -> str | None:
    """The script of a letter, `Jpan` for what Chinese and Japanese are written in; None for what is neutral."""
    script = script_of(char)
    if script in NEUTRAL:
        return None
    return "Jpan" if script in _JAPANESE else script


@cache
def shared_letters() -> tuple[tuple[int, frozenset[str]], ...]:
    """Common letters with the scripts that share them."""
    rows = []
    ends = [*ScriptExtensions.RANGES[1:], CODE_POINTS]
    for start, end, scripts in zip(ScriptExtensions.RANGES, ends, ScriptExtensions.VALUES, strict=True):
        if scripts is None or len(scripts) == 0 or scripts & NEUTRAL:
            continue
        for point in range(start, end):
            if script_of(chr(point)) == "Zyyy" and unicodedata.category(chr(point)).startswith("L"):
                rows.append((point, frozenset(scripts)))
    return tuple(rows)


def foreign_table(allowed: Iterable[str], *, neutral: bool = True) -> NDArray[np.bool_]:
    """Which code points are foreign to the allowed scripts (ISO 15924 codes); shape [0x110000], bool.

    Args:
        allowed: scripts that are not foreign.
        neutral: whether common, inherited and unassigned code points count as allowed too.
    """
    permitted = frozenset(allowed) | (NEUTRAL if neutral else frozenset())
    table = ~np.asarray([name in permitted for name in script_names()])[script_ids()]
    for point, scripts in shared_letters():
        table[point] = not scripts & permitted
    return table
