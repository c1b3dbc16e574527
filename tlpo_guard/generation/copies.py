"""Strings of the conversation that rows may copy, followed on the device: nothing here waits for it.

The strings lie in one text of bytes. An edge leads from a place in it over a token that spells what stands there to the place
behind. A row's tokens walk along edges; the tokens of the edges that leave where a row stands, or where a string may begin,
stay open.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.brought import Brought
from tlpo_guard.guard.detector import ScriptRules
from tlpo_guard.transfer import to_device

__all__ = ["Copies"]

_MOST_BYTES = 16_384  # of strings that are followed
_LONGEST_TOKEN = 32  # bytes
_BEGINNING = 2  # characters by which a string is known to be one that may be said again


@dataclass(slots=True)
class Copies:
    """Where the rows of one batch stand in the strings.

    Attributes:
        tokens: of the edges; int64 [edges].
        sources: places that the edges leave; int64 [edges]. The last place is none, and is never left.
        targets: places that they lead to; int64 [edges].
        begins: edges at which a string may begin; bool [edges].
        standing: whether each row stands at each place; bool [rows, places].
    """

    tokens: torch.Tensor
    sources: torch.Tensor
    targets: torch.Tensor
    begins: torch.Tensor
    standing: torch.Tensor

    @classmethod
    def of(cls, brought: Brought, rules: ScriptRules, rows: int, device: torch.device) -> "Copies | None":
        """The strings that some rules are foreign to; None where the conversation brought none.

        Args:
            rows: of the batch.
        """
        strings = list(_strings(brought, rules))
        edges = list(_edges(strings, rules.tables.vocabulary.token_of_bytes())) if strings else []
        if not edges:
            return None
        table: NDArray[np.int64] = np.array(edges, dtype=np.int64)
        places = sum(len(string.data) + 1 for string in strings) + 1
        tokens, sources, targets, begins = (to_device(np.ascontiguousarray(column), device) for column in table.T)
        standing = torch.zeros(rows, places, dtype=torch.bool, device=device)
        return cls(tokens, sources, targets, begins > 0, standing)

    def follow(self, taken: torch.Tensor) -> None:
        """Take in the token that each row has taken; int64 [rows]."""
        walked = (self.standing[:, self.sources] | self.begins) & (self.tokens == taken.unsqueeze(1))
        counts = torch.zeros(self.standing.shape, dtype=torch.int32, device=taken.device)
        self.standing = counts.scatter_add_(1, self.targets.expand(len(taken), -1), walked.int()) > 0

    def open(self, size: int) -> torch.Tensor:
        """The tokens that copies go on or begin with; bool [rows, vocabulary]."""
        usable = self.standing[:, self.sources] | self.begins
        counts = torch.zeros(len(usable), size, dtype=torch.int32, device=usable.device)
        return counts.scatter_add_(1, self.tokens.expand(len(usable), -1), usable.int()) > 0


@dataclass(frozen=True, slots=True)
class _String:
    """A string as bytes, and the offsets at which a copy of it may begin."""

    data: bytes
    beginnings: frozenset[int]


def _strings(brought: Brought, rules: ScriptRules) -> Iterator[_String]:
    """The stretches of foreign letters in the conversation, up to some thousand bytes together."""
    left = _MOST_BYTES
    for text in brought.texts:
        foreign = rules.foreign_letters(text)
        offsets = np.flatnonzero(foreign)
        for part in np.split(offsets, np.flatnonzero(np.diff(offsets) > _BEGINNING) + 1):
            if not len(part):
                continue
            stretch = text[int(part[0]) : int(part[-1]) + 1]
            string = _String(stretch.encode("utf-8", "replace"), frozenset(_beginnings(brought, stretch)))
            left -= len(string.data)
            if left < 0:
                return
            if string.beginnings:
                yield string


def _beginnings(brought: Brought, stretch: str) -> Iterator[int]:
    place = 0
    for index, char in enumerate(stretch):
        if char.isalpha() and brought.begins(stretch[index : index + _BEGINNING]):
            word_begins = index == 0 or not stretch[index - 1].isalpha()
            if word_begins or brought.begins(stretch[index : index + 1]):
                yield place
        place += len(char.encode("utf-8", "replace"))


def _edges(strings: list[_String], token_of: Mapping[bytes, int]) -> Iterator[tuple[int, int, int, bool]]:
    """The edges, as (token, source, target, whether a string may begin with it)."""
    first = 0
    for string in strings:
        data = string.data
        for place in range(len(data)):
            begins = place in string.beginnings
            for end in range(place + 1, min(len(data), place + _LONGEST_TOKEN) + 1):
                piece = data[place:end]
                if (token := token_of.get(piece)) is not None:
                    yield token, first + place, first + end, begins
                if begins and (token := token_of.get(b" " + piece)) is not None:
                    yield token, first + place, first + end, True
        first += len(data) + 1
