"""The guard's tables on a device, and the masks of a batch gathered from them; nothing here waits for the device."""

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.guard.automaton import BEHIND_GREEK, BORDER, utf8
from tlpo_guard.guard.characters import character_classes
from tlpo_guard.guard.detector import BLOCKED
from tlpo_guard.guard.rules_bank import RulesBank
from tlpo_guard.transfer import to_device

__all__ = ["DeviceMasks"]

_LONGEST_FOLD = 4  # tokens; the bytes that can be pending are three, and hardly any token is empty


class DeviceMasks:
    """Copies of the bank and of the vocabulary's tables. Rows are named by their slots and states, int64 [rows] on the device.

    Attributes:
        bank: what is copied.
    """

    def __init__(self, bank: RulesBank, device: torch.device) -> None:
        tables, automaton = bank.tables, utf8()
        self.device = device
        self.tables = tables
        self.bank = bank
        self._classes = len(character_classes().scripts)
        self._flags = torch.zeros(0, 0, dtype=torch.uint8, device=device)
        self._newest = 0
        self._signature = self._moved(tables.signature.astype(np.int64))
        self._border_breaks = self._moved(tables.border_breaks)
        self._continuing = self._moved(tables.continuing)
        self._column = self._moved(tables.column.astype(np.int64))
        self._beginning = self._moved(tables.beginning)
        self._outcome = self._moved(tables.outcome)
        self._outcome_breaks = self._moved(tables.outcome_breaks)
        self._whole = self._moved(tables.whole)
        self._ends_broken = self._moved(tables.ends_broken)
        self._tail = self._moved(tables.tail.astype(np.int64))
        self._tail_behind_greek = self._moved(tables.tail_behind_greek.astype(np.int64))
        self._only_route = self._moved(tables.only_route)
        self._route = self._moved(tables.route.astype(np.int64))
        self._empty = self._moved(tables.empty)
        self._following = self._moved(np.maximum(automaton.following, BORDER).astype(np.int64))

    def _moved(self, array: NDArray[np.generic]) -> torch.Tensor:
        return torch.from_numpy(array.copy()).to(self.device)

    @property
    def flags(self) -> torch.Tensor:
        """The bank's flags as of the last refresh; uint8 [slots, signatures + classes + states]."""
        return self._flags

    @property
    def signatures(self) -> int:
        """How many columns of `flags` are signatures."""
        return self.bank.signatures

    def refresh(self) -> None:
        """Take over what has been written into the bank since the last time."""
        slots, newest = self.bank.written_since(self._newest)
        if not len(slots):
            return
        flags = self.bank.flags
        if self._flags.shape != flags.shape:
            self._flags = to_device(flags.copy(), self.device)
        else:
            self._flags.index_copy_(0, to_device(slots, self.device), to_device(flags[slots], self.device))
        self._newest = newest

    def blocked(self, slots: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
        """The tokens that are kept out of each row; bool [rows, vocabulary]."""
        flags = self._flags.index_select(0, slots)
        out = flags.index_select(1, self._signature)
        outcome = self._outcome.index_select(0, states).index_select(1, self._beginning).long()
        counts = (outcome >= 0) & ((outcome < self._classes) | self._whole)
        continued = torch.where(counts, flags.gather(1, self.bank.signatures + outcome.clamp(min=0)), 0)
        out.index_copy_(1, self._continuing, out.index_select(1, self._continuing) | continued)
        return (out & BLOCKED).bool()

    def breaks(self, states: torch.Tensor) -> torch.Tensor:
        """The tokens that leave invalid UTF-8 behind in each row; bool [rows, vocabulary]."""
        inside = (states > BEHIND_GREEK).unsqueeze(1)
        out = inside | self._border_breaks
        outcome = self._outcome.index_select(0, states).index_select(1, self._beginning)
        goes_on = outcome >= self._classes
        broken = self._outcome_breaks.index_select(0, states).index_select(1, self._beginning)
        broken |= (goes_on & ~self._whole) | (~goes_on & self._ends_broken)
        border = self._border_breaks.index_select(0, self._continuing)
        return out.index_copy_(1, self._continuing, torch.where(inside, broken, border))

    def token_blocked(self, slots: torch.Tensor, states: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Whether some tokens of each row are kept out; bool [rows, tokens] of int64 [rows, tokens]."""
        flags = self._flags.index_select(0, slots)
        out = flags.gather(1, self._signature[tokens])
        if not len(self._continuing):
            return (out & BLOCKED).bool()
        column = self._column[tokens]
        place = column.clamp(min=0)
        outcome = self._outcome[states.unsqueeze(1), self._beginning[place]].long()
        counts = (column >= 0) & (outcome >= 0) & ((outcome < self._classes) | self._whole[place])
        continued = flags.gather(1, self.bank.signatures + outcome.clamp(min=0))
        return ((out | torch.where(counts, continued, 0)) & BLOCKED).bool()

    def advance(self, states: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """The states behind one token each; int64 [rows]. Ids outside the vocabulary lead to a border."""
        known = (tokens >= 0) & (tokens < len(self._signature))
        ids = torch.where(known, tokens, 0)
        route = self._route[ids]
        routed = states
        for step in range(route.shape[1]):
            byte = route[:, step]
            routed = torch.where(byte >= 0, self._following[routed, byte.clamp(min=0)], routed)
        behind = torch.where(routed == BEHIND_GREEK, self._tail_behind_greek[ids], self._tail[ids])
        behind = torch.where(self._only_route[ids], routed, behind)
        behind = torch.where(self._empty[ids], states, behind)
        return torch.where(known, behind, BORDER)

    def fold(self, tokens: torch.Tensor) -> torch.Tensor:
        """The states behind some answers' last tokens; int64 [rows] of int64 [rows, tokens], -1 before an answer's first."""
        states = torch.zeros(len(tokens), dtype=torch.int64, device=tokens.device)
        for column in tokens[:, -_LONGEST_FOLD:].unbind(1):
            states = torch.where(column >= 0, self.advance(states, column), states)
        return states
