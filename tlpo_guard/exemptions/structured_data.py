"""Structured data: keys of JSON objects, tool calls, tags of markup."""

import re
from collections.abc import Iterator

from tlpo_guard.exemptions.spans import Span
from tlpo_guard.marks.table import Content
from tlpo_guard.marks.text import marked_spans

__all__ = ["JsonKeys", "Markup", "ToolCalls"]

_KEY = re.compile(
    r'(?:[{,]\s{0,200}+|^[ \t]{0,200}+)("[^"\s]{1,40}(?: [^"\s]{1,20}){0,3}"|[A-Za-z_][\w\-]{0,80})\s{0,20}:(?!//)',
    re.MULTILINE,
)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>|&[a-z]{2,8};|<\|[^|\n]{1,40}\|>|<｜[^｜\n]{1,40}｜>")


class JsonKeys:
    """Keys of objects, of up to four words; the values are prose and stay guarded. Only after a brace."""

    def spans(self, text: str) -> Iterator[Span]:
        """The keys with their quotes."""
        brace = text.find("{")
        if brace >= 0:
            yield from (match.span(1) for match in _KEY.finditer(text, brace))


class ToolCalls:
    """Calls of tools, as chat templates write them: names and arguments."""

    def spans(self, text: str) -> Iterator[Span]:
        """The calls with their marks; one that is not closed runs to the end."""
        return marked_spans(text, Content.TOOL_CALL)


class Markup:
    """Tags and entities of HTML and XML, and a chat template's marks."""

    def spans(self, text: str) -> Iterator[Span]:
        """The tags."""
        if "<" in text or "&" in text:
            yield from (match.span() for match in _TAG.finditer(text))
