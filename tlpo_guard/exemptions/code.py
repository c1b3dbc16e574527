"""Code in an answer: fenced blocks and inline code, as in Markdown."""

import re
from collections.abc import Iterator

from tlpo_guard.exemptions.spans import Span

__all__ = ["FencedCode", "InlineCode"]

_FENCE = re.compile(r"^[ \t]{0,12}(`{3,}|~{3,})[^\n]*$", re.MULTILINE)
_INLINE = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]+)\1(?!`)")


class FencedCode:
    """Blocks between lines of three or more backticks or tildes; one that is not closed runs to the end."""

    def spans(self, text: str) -> Iterator[Span]:
        """The blocks with their fences."""
        opened: re.Match[str] | None = None
        for fence in _FENCE.finditer(text):
            if opened is None:
                opened = fence
            elif _closes(fence, opened):
                yield opened.start(), fence.end()
                opened = None
        if opened is not None:
            yield opened.start(), len(text)


def _closes(fence: re.Match[str], opened: re.Match[str]) -> bool:
    bare = fence.group().strip() == fence.group(1)
    return bare and fence.group(1)[0] == opened.group(1)[0] and len(fence.group(1)) >= len(opened.group(1))


class InlineCode:
    """Text between backticks on one line."""

    def spans(self, text: str) -> Iterator[Span]:
        """The code with its backticks."""
        if "`" in text:
            yield from (found.span() for found in _INLINE.finditer(text))
