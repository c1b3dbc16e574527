"""Code in an answer: fenced blocks and inline code, as in Markdown."""

import re
from collections.abc import Iterator

from tlpo_guard.exemptions.spans import Span

__all__ = ["FencedCode", "InlineCode"]

_FENCE = re.compile(r"^[ \t]{0,12}(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_PROSE = frozenset({"json", "text", "txt", "plaintext", "markdown", "md", "csv", "tsv"})
_CODE_LINE = re.compile(
    r"[;{}=<>$\\]|\w\(|^\s*(?:#|//|--|import |from |def |class |return |if |for |while |sudo |pip |npm |cd )"
)
_INLINE = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]+)\1(?!`)")


class FencedCode:
    """Blocks between lines of three or more backticks or tildes; one that is not closed runs to the end.

    Prose and data in a fence are judged as outside it: where the fence is labelled so, or has no label and nothing in it looks
    like code. Of those only the fences themselves are exempt.
    """

    def spans(self, text: str) -> Iterator[Span]:
        """The blocks with their fences."""
        opened: re.Match[str] | None = None
        for fence in _FENCE.finditer(text):
            if opened is None:
                opened = fence
            elif _closes(fence, opened):
                yield from _block(text, opened, fence.start(), fence.end())
                opened = None
        if opened is not None:
            yield from _block(text, opened, len(text), len(text))


def _block(text: str, opened: re.Match[str], body_end: int, end: int) -> Iterator[Span]:
    label = opened.group(2).strip().lower()
    if label in _PROSE or (not label and not _looks_like_code(text[opened.end() : body_end])):
        yield opened.span()
        yield body_end, end
    else:
        yield opened.start(), end


def _looks_like_code(body: str) -> bool:
    lines = [line for line in body.split("\n") if line.strip()]
    return bool(lines) and 3 * sum(_CODE_LINE.search(line) is not None for line in lines) >= len(lines)


def _closes(fence: re.Match[str], opened: re.Match[str]) -> bool:
    bare = fence.group().strip() == fence.group(1)
    return bare and fence.group(1)[0] == opened.group(1)[0] and len(fence.group(1)) >= len(opened.group(1))


class InlineCode:
    """Text between backticks on one line."""

    def spans(self, text: str) -> Iterator[Span]:
        """The code with its backticks."""
        if "`" in text:
            yield from (match.span() for match in _INLINE.finditer(text))
