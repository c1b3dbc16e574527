"""Reasoning before the answer."""

import re
from collections.abc import Iterator

from tlpo_guard.exemptions.spans import Span

__all__ = ["Reasoning"]

_MARKS = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL)


class Reasoning:
    """What a model thinks aloud between its marks; open to the end where they are not closed."""

    def spans(self, text: str) -> Iterator[Span]:
        """The reasoning with its marks."""
        if "<" in text:
            yield from (match.span() for match in _MARKS.finditer(text))
