"""Structured data: keys of JSON objects, tool calls, tags of markup."""

import re
from collections.abc import Iterator

from tlpo_guard.exemptions.spans import Span

__all__ = ["JsonKeys", "Markup", "ToolCalls"]

_KEY = re.compile(
    r'(?:[{,]\s*|^[ \t]*)("[^"\s]{1,40}(?: [^"\s]{1,20}){0,3}"|[A-Za-z_][\w\-]{0,80})\s*:(?!//)', re.MULTILINE
)
_TOOL = re.compile(
    r"<(tool_call|function_call|tools?|function)\b[^>]*>.*?(?:</\1>|\Z)|\[TOOL_CALLS\].*\Z|<\|python_tag\|>.*\Z",
    re.DOTALL,
)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>|&[a-z]{2,8};|<\|[^|\n]{1,40}\|>")


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
        """The calls with their marks."""
        if "<" in text or "[TOOL" in text:
            yield from (match.span() for match in _TOOL.finditer(text))


class Markup:
    """Tags and entities of HTML and XML, and a chat template's marks."""

    def spans(self, text: str) -> Iterator[Span]:
        """The tags."""
        if "<" in text or "&" in text:
            yield from (match.span() for match in _TAG.finditer(text))
