"""A conversation, what its answer should be in, and one answer."""

import zlib
from dataclasses import dataclass
from typing import Literal

from tlpo_guard.intent import Message

__all__ = ["HALVES", "Conversation", "Half", "half_of"]

Half = Literal["open", "sealed"]
HALVES: tuple[Half, ...] = ("open", "sealed")


@dataclass(frozen=True, slots=True)
class Conversation:
    """One case.

    Attributes:
        template: what it was made from; its name decides the half.
        kind: for the tables.
        language: the row of the tables; the language whose sentences it holds.
        expected: what the answer may be in, each one tag or several with commas; "" is unknown. Empty: not judged.
        answer: a right one, or one that drifts; None where only the expected language is judged.
        drift: the foreign pieces of the answer that must be found, in order; empty where the answer is right.
        strict: English counts as drift in an answer in another script.
        variant: what tells it from others of its template and language.
    """

    template: str
    kind: str
    language: str
    messages: tuple[Message, ...]
    expected: tuple[str, ...] = ()
    answer: str | None = None
    drift: tuple[str, ...] = ()
    strict: bool = False
    variant: str = ""

    @property
    def name(self) -> str:
        """Unique."""
        return f"{self.template}/{self.language}{self.variant and '/'}{self.variant}"


def half_of(template: str) -> Half:
    """Which half a template belongs to."""
    return HALVES[zlib.crc32(template.encode()) % 2]
