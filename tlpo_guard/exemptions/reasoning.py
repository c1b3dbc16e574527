"""Reasoning before the answer."""

from collections.abc import Iterator

from tlpo_guard.exemptions.spans import Span
from tlpo_guard.marks.table import Content
from tlpo_guard.marks.text import marked_spans

__all__ = ["Reasoning"]


class Reasoning:
    """What a model thinks aloud, with its marks."""

    def spans(self, text: str) -> Iterator[Span]:
        """The reasoning; open to the end where it is not closed, and from the start where it was opened in the prompt."""
        return marked_spans(text, Content.REASONING)
