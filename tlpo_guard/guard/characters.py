"""Classes of characters: all that any set of scripts tells apart, so that a set of scripts costs a flag for each class."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages.scripts import NEUTRAL, SIGN, SYMBOL, class_scripts, letter_classes, script_names

__all__ = ["BLOCK", "CharacterClasses", "character_classes"]

BLOCK = 64  # code points that differ in the last byte of their UTF-8 only
_UNASSIGNED = 0x0378


@dataclass(frozen=True, slots=True)
class CharacterClasses:
    """Every code point's class, and what the classes stand for.

    Attributes:
        of_point: class of every code point; uint8 [0x110000].
        scripts: the scripts that the letters of each class belong to, ISO 15924; one set a class.
        block: index of a block of 64 code points, for each entry of the counts; int32 [entries].
        block_class: class of each entry; uint8 [entries].
        block_count: how many characters of that class the block holds; int32 [entries].
    """

    of_point: NDArray[np.uint8]
    scripts: tuple[frozenset[str], ...]
    block: NDArray[np.int32]
    block_class: NDArray[np.uint8]
    block_count: NDArray[np.int32]

    def within(self, allowed: Iterable[str]) -> NDArray[np.bool_]:
        """The classes that belong to one of some scripts; bool [classes]."""
        permitted = frozenset(allowed)
        return np.asarray([not scripts.isdisjoint(permitted) for scripts in self.scripts])

    def foreign(self, allowed: Iterable[str]) -> NDArray[np.bool_]:
        """The classes that are foreign where some scripts are allowed; bool [classes].

        What is common to all scripts never is, nor is a letter that may be a symbol: a Greek one behind another is, and counts
        as one of the class `greek`.
        """
        return ~self.within(NEUTRAL.union(allowed, {SYMBOL}))

    def worth_beginning(self, allowed: Iterable[str]) -> NDArray[np.bool_]:
        """The classes for whose sake a character may be begun: allowed, common, or Greek symbols, but no signs of scripts that
        are foreign; bool [classes]."""
        permitted = NEUTRAL.union(allowed)
        worth = np.asarray(
            [({"Grek", SYMBOL} <= scripts or scripts & permitted) and SIGN not in scripts for scripts in self.scripts],
            dtype=np.bool_,
        )
        worth[self.unassigned] = False
        return worth

    @property
    def greek(self) -> int:
        """The class of Greek letters that are no symbols."""
        return script_names().index("Grek")

    @property
    def unassigned(self) -> int:
        """The class of code points that stand for no character."""
        return int(self.of_point[_UNASSIGNED])

    def counted(self, flags: NDArray[np.bool_], low: NDArray[np.int32], high: NDArray[np.int32]) -> NDArray[np.int64]:
        """How many characters of the flagged classes lie in some ranges of code points.

        Args:
            flags: bool [classes].
            low: multiples of `BLOCK`, int32 [ranges]; so is `high`, which is exclusive.
        """
        in_block = np.bincount(self.block, self.block_count * flags[self.block_class], len(self.of_point) // BLOCK)
        before = np.concatenate([np.zeros(1), np.cumsum(in_block)]).astype(np.int64)
        return np.asarray(before[high // BLOCK] - before[low // BLOCK], dtype=np.int64)


@cache
def character_classes() -> CharacterClasses:
    """The classes of this Unicode version's characters."""
    of_point, scripts = letter_classes(), class_scripts()
    size = len(scripts)
    cells = np.bincount(np.arange(len(of_point)) // BLOCK * size + of_point)
    filled = np.flatnonzero(cells)
    return CharacterClasses(
        of_point=of_point,
        scripts=scripts,
        block=(filled // size).astype(np.int32),
        block_class=(filled % size).astype(np.uint8),
        block_count=cells[filled].astype(np.int32),
    )
