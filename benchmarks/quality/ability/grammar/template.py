"""How minimal pairs are written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Template"]


@dataclass(frozen=True, slots=True)
class Template:
    """A right and a wrong sentence with slots, for `str.format`.

    Attributes:
        fault: what is wrong with the wrong one.
        right, wrong: text with `{slot}` or, where a slot's entries have several forms, `{slot[0]}`.
        slots: what each slot may be; every combination is a pair.
    """

    fault: str
    right: str
    wrong: str
    slots: Mapping[str, Sequence[str | tuple[str, ...]]]
