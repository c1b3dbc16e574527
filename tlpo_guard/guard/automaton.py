"""UTF-8 as an automaton: what a sequence ends with is a small number.

State 0 is the border between two characters, state 1 the border behind a Greek letter, where another one would make a word of a
symbol. Every other state is one of the 17,651 proper prefixes of a character. Overlong forms, surrogates and what lies past
U+10FFFF have none. The lead bytes of the Greek block have a second state, for where they follow a Greek letter.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages.scripts import greek_letters

__all__ = ["BEHIND_GREEK", "BORDER", "GREEK_LEADS", "Utf8", "utf8"]

BORDER, BEHIND_GREEK = 0, 1  # nothing is pending in either
_INVALID = -1
_CONTINUATIONS = 64  # bytes 80 to BF
GREEK_LEADS = (0xCE, 0xCF)  # bytes that begin hardly anything but Greek letters


@dataclass(frozen=True, slots=True)
class Utf8:
    """States and steps.

    Attributes:
        following: the state behind a state and a continuation byte less 0x80: a border where it completes the character, -1
            where it breaks it; int16 [states, 64].
        lead: the state behind a border and a byte, 0 for a byte that begins no longer character; int16 [256].
        behind_greek: for every state that a border leads to, the one that `BEHIND_GREEK` leads to instead; int16 [states].
        bits: the code point's bits so far; int32 [states].
        low: the first code point that begins so; int32 [states]. Multiples of 64, as is `high`.
        high: the last one's successor; int32 [states].
    """

    following: NDArray[np.int16]
    lead: NDArray[np.int16]
    behind_greek: NDArray[np.int16]
    bits: NDArray[np.int32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]

    @property
    def doubled(self) -> NDArray[np.int64]:
        """The states of lead bytes behind a Greek letter; int64 [leads]."""
        return self.behind_greek[self.lead[list(GREEK_LEADS)]].astype(np.int64)

    @property
    def size(self) -> int:
        """Number of states."""
        return len(self.bits)

    def state_of(self, pending: bytes) -> int:
        """The state behind the beginning of a character that follows a border; 0 for what is none."""
        state = BORDER
        for index, byte in enumerate(pending):
            state = int(self.lead[byte]) if index == 0 else int(self.following[state, byte & 0x3F])
            if state <= BEHIND_GREEK:
                return BORDER
        return state


@dataclass(frozen=True, slots=True)
class _Level:
    """Prefixes of one number of bytes: bits so far, bytes that are missing, and the character's length; int64 [prefixes] each."""

    bits: NDArray[np.int64]
    missing: NDArray[np.int64]
    length: NDArray[np.int64]

    def span(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The half-open range of code points that each prefix begins."""
        least = np.select([self.length == 2, self.length == 3, self.length == 4], [0x80, 0x800, 0x10000])
        low = self.bits << (6 * self.missing)
        high = (self.bits + 1) << (6 * self.missing)
        return np.maximum(low, least), np.minimum(high, 0x110000)

    def longer(self, first_state: int) -> tuple["_Level", NDArray[np.int64]]:
        """The prefixes of one byte more, numbered from `first_state` on, and the steps that lead to them."""
        shape = (len(self.bits), _CONTINUATIONS)
        bits = ((self.bits[:, None] << 6) | np.arange(_CONTINUATIONS)).ravel()
        missing = np.repeat(self.missing - 1, _CONTINUATIONS)
        level = _Level(bits, missing, np.repeat(self.length, _CONTINUATIONS))
        low, high = level.span()
        valid = (missing > 0) & (low < high) & ~((low >= 0xD800) & (high <= 0xE000))
        steps = np.where(missing > 0, _INVALID, BORDER)
        steps[valid] = first_state + np.arange(valid.sum())
        return _Level(bits[valid], missing[valid], level.length[valid]), steps.reshape(shape)


@cache
def utf8() -> Utf8:
    """The automaton; the same for every vocabulary."""
    leads = np.arange(0xC2, 0xF5)
    length = np.select([leads < 0xE0, leads < 0xF0], [2, 3], 4)
    levels = [_Level(leads & (0x7F >> length), length - 1, length)]
    steps = [np.full((2, _CONTINUATIONS), _INVALID)]
    states = 2
    while len(levels[-1].bits):
        states += len(levels[-1].bits)
        level, step = levels[-1].longer(states)
        levels.append(level)
        steps.append(step)
    lead = np.zeros(256, dtype=np.int16)
    lead[leads] = np.arange(2, len(leads) + 2)
    return _with_greek(levels, np.concatenate(steps), lead)


def _with_greek(levels: list[_Level], following: NDArray[np.int64], lead: NDArray[np.int16]) -> Utf8:
    """The automaton, with what follows a Greek letter."""
    borders = np.zeros(2, dtype=np.int64)
    spans = [level.span() for level in levels]
    bits, low, high = (
        np.concatenate([borders, *parts])
        for parts in ([level.bits for level in levels], [low for low, _ in spans], [high for _, high in spans])
    )
    points = (bits[:, None] << 6) | np.arange(_CONTINUATIONS)
    following[(following == BORDER) & greek_letters()[points]] = BEHIND_GREEK
    doubled = lead[list(GREEK_LEADS)]
    behind_greek = np.arange(len(bits) + len(doubled))
    behind_greek[doubled] = len(bits) + np.arange(len(doubled))
    return Utf8(
        following=np.concatenate([following, following[doubled]]).astype(np.int16),
        lead=lead,
        behind_greek=behind_greek.astype(np.int16),
        bits=np.concatenate([bits, bits[doubled]]).astype(np.int32),
        low=np.concatenate([low, low[doubled]]).astype(np.int32),
        high=np.concatenate([high, high[doubled]]).astype(np.int32),
    )
