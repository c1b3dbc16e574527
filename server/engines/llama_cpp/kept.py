"""Which tokens' keys and values are kept, and how answers share them and come back to them.

Libllama adds up an answer's past in the order of its cells. While nothing is given up, cells are handed out in the order of the
tokens, and an answer is the same to the last bit whatever else there is; so single slots are given up only where their room is
needed, and all but one while there are no answers.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

__all__ = ["KeptTokens", "Memory", "Slot"]

_BLOCK = 64
_LEAST_SHARED = 16  # tokens; fewer are not worth a slot's place
_KEPT_SHARE = (
    8  # of the cells, one in so many may stay taken while there are no answers: each costs every step some time
)


class Memory(Protocol):
    """Keys and values by sequence and position."""

    def copy(self, source: int, target: int, length: int) -> None:
        """Share the first tokens of a sequence with another one, which is empty."""

    def cut(self, sequence: int, length: int) -> None:
        """Keep the first tokens of a sequence only."""

    def keep_only(self, sequence: int) -> bool:
        """Forget all sequences but one; whether that one is still there."""

    def clear(self) -> None:
        """Forget all sequences."""


@dataclass(slots=True, eq=False)
class Slot:
    """A sequence of the memory.

    Attributes:
        token_ids: whose keys and values it holds, from position 0 on.
        cells: where they are; slots that share tokens share cells.
        busy: an answer is being written in it.
        used: grows with each use.
    """

    number: int
    token_ids: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    busy: bool = False
    used: int = 0


class KeptTokens:
    """Hands out slots, each with the longest beginning that any slot has of the tokens asked for.

    Args:
        slots: how many.
        cells: tokens in all, each shared one counted once.
        sharing: what one answer left may begin another one.
    """

    def __init__(self, memory: Memory, *, slots: int, cells: int, sharing: bool) -> None:
        self._memory = memory
        self._slots = [Slot(number) for number in range(slots)]
        self._cells = cells
        self._sharing = sharing
        self._owners: Counter[int] = Counter()
        self._names, self._clock = count(), count(1)

    @property
    def free(self) -> int:
        """Tokens that there is room for without giving anything up."""
        return self._cells - len(self._owners)

    @property
    def reachable(self) -> int:
        """Tokens that there is room for once all is given up that no answer works on."""
        return self._cells - len({cell for slot in self._slots if slot.busy for cell in slot.cells})

    def shared(self, token_ids: list[int]) -> int:
        """How many first tokens are there already."""
        return self._best(token_ids)[0]

    def open(self, token_ids: list[int]) -> Slot | None:
        """A slot for an answer, with what is there of its tokens but the last; None where all are busy."""
        length, best = self._best(token_ids)
        free = sorted((slot for slot in self._slots if not slot.busy), key=_kept_since)
        if not free:
            return None
        slot = free[0]
        if best is not None and not best.busy and (length == len(best.token_ids) or free == [best]):
            slot = best
        elif best is not None:
            slot = next(slot for slot in free if slot is not best)
            self.cut(slot, 0)
            self._share(best, slot, length)
        self.cut(slot, length)
        slot.busy, slot.used = True, next(self._clock)
        return slot

    def extend(self, slot: Slot, token_ids: list[int]) -> None:
        """Tokens were computed at a slot's end."""
        names = [next(self._names) for _ in token_ids]
        slot.token_ids += token_ids
        slot.cells += names
        self._owners.update(names)

    def cut(self, slot: Slot, length: int) -> None:
        """Keep a slot's first tokens only."""
        if length >= len(slot.token_ids):
            return
        self._memory.cut(slot.number, length)
        for cell in slot.cells[length:]:
            self._owners[cell] -= 1
            if not self._owners[cell]:
                del self._owners[cell]
        del slot.token_ids[length:], slot.cells[length:]

    def close(self, slot: Slot) -> None:
        """An answer is done with its slot, which keeps what it has while nobody needs the room."""
        slot.busy, slot.used = False, next(self._clock)

    def rest(self) -> None:
        """There are no answers: where much is kept, give up all but what was left last."""
        if self._sharing and len(self._owners) <= self._cells // _KEPT_SHARE:
            return
        kept = self._kept()
        if not kept or not self._sharing or not self._memory.keep_only(kept[-1].number):
            self.forget()
            return
        for slot in kept[:-1]:
            slot.token_ids, slot.cells = [], []
        self._owners = Counter(kept[-1].cells)

    def make_room(self, tokens: int) -> bool:
        """Give up what was kept longest until there is room; whether there is."""
        for slot in self._kept():
            if self.free >= tokens:
                break
            self.cut(slot, 0)
        return self.free >= tokens

    def forget(self) -> None:
        """Give up all; called while there are no answers."""
        self._memory.clear()
        for slot in self._slots:
            slot.token_ids, slot.cells = [], []
        self._owners.clear()

    def _kept(self) -> list[Slot]:
        """The slots that hold something and that no answer works on, the one that was left first in front."""
        return sorted((slot for slot in self._slots if not slot.busy and slot.cells), key=_kept_since)

    def _share(self, source: Slot, target: Slot, length: int) -> None:
        self._memory.copy(source.number, target.number, length)
        target.token_ids, target.cells = source.token_ids[:length], source.cells[:length]
        self._owners.update(target.cells)

    def _best(self, token_ids: list[int]) -> tuple[int, Slot | None]:
        """The slot that has the most of the first tokens, and how many; the last token is never among them."""
        length, best = 0, None
        for slot in self._slots if self._sharing else ():
            common = _common(slot.token_ids, token_ids)
            if common > length:
                length, best = common, slot
        length = min(length, len(token_ids) - 1)
        return (length, best) if length >= _LEAST_SHARED else (0, None)


def _kept_since(slot: Slot) -> tuple[bool, int]:
    return bool(slot.cells), slot.used


def _common(left: list[int], right: list[int]) -> int:
    """How many first tokens two lists have in common."""
    most = min(len(left), len(right))
    for start in range(0, most, _BLOCK):
        end = min(start + _BLOCK, most)
        if left[start:end] != right[start:end]:
            return next(at for at in range(start, end) if left[at] != right[at])
    return most
