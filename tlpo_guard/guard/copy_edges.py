"""Strings of the conversation that an answer may copy, token by token.

The strings lie in one text of bytes. An edge leads from a place in it over a token that spells what stands there to the place
behind. An answer's tokens walk along edges; the tokens of the edges that leave where it stands, or where a string may begin,
stay open.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.brought import Brought
from tlpo_guard.guard.detector import ScriptRules

__all__ = ["CopyEdges", "CopyWalk"]

_MOST_BYTES = 16_384  # of strings that are followed
_LONGEST_TOKEN = 32  # bytes
_LONGEST_BEGUN = 64  # tokens of a string that an answer goes on with
_BEGINNING = 2  # characters by which a string is known to be one that may be said again


@dataclass(frozen=True, slots=True)
class CopyEdges:
    """The edges over the strings of one conversation.

    Attributes:
        tokens: of the edges; int64 [edges].
        sources: places that the edges leave; int64 [edges]. The last place is none, and is never left.
        targets: places that they lead to; int64 [edges].
        begins: edges at which a string may begin; bool [edges].
        places: how many there are.
    """

    tokens: NDArray[np.int64]
    sources: NDArray[np.int64]
    targets: NDArray[np.int64]
    begins: NDArray[np.bool_]
    places: int

    @classmethod
    def of(cls, brought: Brought, rules: ScriptRules) -> "CopyEdges | None":
        """Over the strings that some rules are foreign to; None where the conversation brought none."""
        strings = list(_strings(brought, rules))
        edges = list(_edges(strings, rules.tables.vocabulary.token_of_bytes())) if strings else []
        if not edges:
            return None
        tokens, sources, targets, begins = (
            np.ascontiguousarray(column) for column in np.array(edges, dtype=np.int64).T
        )
        return cls(tokens, sources, targets, begins > 0, sum(len(string.data) + 1 for string in strings) + 1)


class CopyWalk:
    """Where one answer stands in the strings.

    Args:
        begun: the tokens that the answer goes on from, whose end may be the beginning of a string.

    Attributes:
        edges: over the strings.
        standing: whether it stands at each place; bool [places].
    """

    __slots__ = ("edges", "standing")

    def __init__(self, edges: CopyEdges, begun: Sequence[int] = ()) -> None:
        self.edges = edges
        self.standing: NDArray[np.bool_] = np.zeros(edges.places, dtype=np.bool_)
        for token_id in begun[-_LONGEST_BEGUN:]:
            self.follow(token_id)

    def follow(self, token_id: int) -> None:
        """Take in the token that was taken."""
        edges = self.edges
        walked = (self.standing[edges.sources] | edges.begins) & (edges.tokens == token_id)
        self.standing = np.zeros_like(self.standing)
        self.standing[edges.targets[walked]] = True

    def open(self) -> NDArray[np.int64]:
        """The tokens that copies go on or begin with."""
        edges = self.edges
        return edges.tokens[self.standing[edges.sources] | edges.begins]


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
