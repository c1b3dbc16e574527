"""The rules of all live requests in one table, so that the rows of a batch are gathered and not stacked."""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.detector import ScriptRules
from tlpo_guard.guard.token_tables import TokenTables

__all__ = ["NO_RULES", "RulesBank"]

NO_RULES = 0  # the slot of rows that nothing is watched in
_FIRST_SLOTS = 16


class RulesBank:
    """Slots of flags; the least recently used rules give theirs up. Not thread-safe: one generation thread uses it.

    Args:
        tables: of the vocabulary.
        max_bytes: bound of the table; a single batch with more rules than that allows still gets its slots.

    Attributes:
        flags: bits of the signatures, then of the outcomes, slot by slot; uint8 [slots, signatures + classes + states].
        filled: when each slot was last filled, as a number that only rises; int64 [slots].
    """

    def __init__(self, tables: TokenTables, max_bytes: int = 16 << 20) -> None:
        self.tables = tables
        self._signatures = len(tables.signature_tail)
        self._width = 0
        self._max_bytes = max_bytes
        self._slots: OrderedDict[ScriptRules, int] = OrderedDict()
        self.flags: NDArray[np.uint8] = np.zeros((0, 0), dtype=np.uint8)
        self.filled: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._fillings = 0

    @property
    def signatures(self) -> int:
        """How many columns of `flags` are signatures; outcomes come behind them."""
        return self._signatures

    def slots(self, rules: Sequence[ScriptRules | None]) -> NDArray[np.int64]:
        """The slot of each row's rules, `NO_RULES` for None; int64 [rows]. Slots stay theirs until the next call."""
        return np.array([NO_RULES if r is None else self._slot(r, rules) for r in rules], dtype=np.int64)

    def written_since(self, filling: int) -> tuple[NDArray[np.int64], int]:
        """The slots that were filled after a filling, and the number of the newest one; each reader keeps its own."""
        newest = int(self.filled.max(initial=0))
        return np.flatnonzero(self.filled > filling), newest

    def _slot(self, rules: ScriptRules, needed: Sequence[ScriptRules | None]) -> int:
        slot = self._slots.get(rules)
        if slot is None:
            slot = self._free_slot(rules, needed)
            self._slots[rules] = slot
            self.flags[slot] = np.concatenate([rules.signature_flags, rules.outcome_flags])
            self._fillings += 1
            self.filled[slot] = self._fillings
        else:
            self._slots.move_to_end(rules)
        return slot

    def _free_slot(self, rules: ScriptRules, needed: Sequence[ScriptRules | None]) -> int:
        if not self._width:
            self._width = rules.nbytes
            self.flags = np.zeros((_FIRST_SLOTS, self._width), dtype=np.uint8)
            self.filled = np.zeros(_FIRST_SLOTS, dtype=np.int64)
        used = len(self._slots) + 1
        if used < len(self.flags):
            return used
        if len(self.flags) * self._width * 2 > self._max_bytes:
            kept = set(needed)
            for candidate in self._slots:
                if candidate not in kept:
                    return self._slots.pop(candidate)
        self.flags = np.concatenate([self.flags, np.zeros_like(self.flags)])
        self.filled = np.concatenate([self.filled, np.zeros_like(self.filled)])
        return used

    def token_flags(
        self, slots: NDArray[np.int64], states: NDArray[np.int64], tokens: NDArray[np.int64]
    ) -> NDArray[np.uint8]:
        """The bits of some tokens of each row; uint8 [rows, ...].

        Args:
            slots: int64 [rows]; so are `states`.
            tokens: int64 [rows] or [rows, tokens].
        """
        if not self._width:
            return np.zeros(tokens.shape, dtype=np.uint8)
        wide = (slice(None), *(None,) * (tokens.ndim - 1))
        flags = self.flags[slots[wide], self.tables.signature[tokens]]
        inside = np.flatnonzero((states != BORDER) & (slots != NO_RULES))
        if len(inside):
            flags[inside] |= self._continued(slots[inside][wide], states[inside][wide], tokens[inside])
        return flags

    def _continued(
        self, slots: NDArray[np.int64], states: NDArray[np.int64], tokens: NDArray[np.int64]
    ) -> NDArray[np.uint8]:
        tables, classes = self.tables, self._width - self._signatures - len(self.tables.outcome)
        column = tables.column[tokens]
        if not len(tables.continuing):
            return np.zeros(tokens.shape, dtype=np.uint8)
        outcome = tables.outcome[states, tables.beginning[column]].astype(np.int64)
        counts = (column >= 0) & (outcome >= 0) & ((outcome < classes) | tables.whole[column])
        flags = self.flags[slots, self._signatures + np.maximum(outcome, 0)]
        return np.where(counts, flags, np.uint8(0))
