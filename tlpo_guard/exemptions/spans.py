"""Stretches of an answer that may be foreign, whatever language is expected."""

from collections.abc import Iterator
from typing import Protocol

__all__ = ["Exemption", "Span"]

Span = tuple[int, int]


class Exemption(Protocol):
    """One reason why a stretch of text may be foreign."""

    def spans(self, text: str) -> Iterator[Span]:
        """The stretches, in order, as (offset of the first character, offset after the last)."""
