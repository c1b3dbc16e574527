"""Code in an answer: fenced blocks and inline code, as in Markdown, and identifiers that nothing marks."""

import re
from collections.abc import Iterator

from tlpo_guard.exemptions.spans import Span

__all__ = ["FencedCode", "Identifiers", "InlineCode"]

_FENCE = re.compile(r"^[ \t]{0,12}(?:>[ \t]?){0,4}(`{3,}+(?=[^`\n]*+$)|~{3,}+)([^\n]*)$", re.MULTILINE)
_PROSE = frozenset({"json", "text", "txt", "plaintext", "markdown", "md", "csv", "tsv"})
_CODE_LINE = re.compile(
    r"[;{}=<>$\\]|\w\(|^\s*(?:#|//|--|import |from |def |class |return |if |for |while |sudo |pip |npm |cd )"
)
_TICKS = re.compile(r"`+|\n")
_HINT = re.compile(r"[A-Za-z0-9]_[A-Za-z0-9]|[a-z][A-Z]|[A-Za-z0-9]\(\)")
_NAME = re.compile(r"(?<![\w.$])\$?[A-Za-z_][A-Za-z0-9_]*+(?:\.[A-Za-z_][A-Za-z0-9_]*+)*+(?!\w)(\([^()\n]{0,80}\))?")


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
    bare = not fence.group(2).strip()
    return bare and fence.group(1)[0] == opened.group(1)[0] and len(fence.group(1)) >= len(opened.group(1))


class InlineCode:
    """Text between two runs of as many backticks on one line."""

    def spans(self, text: str) -> Iterator[Span]:
        """The code with its backticks."""
        if "`" not in text:
            return
        line: list[Span] = []
        for ticks in _TICKS.finditer(text):
            if ticks.group() != "\n":
                line.append(ticks.span())
            elif line:
                yield from _between(line)
                line = []
        yield from _between(line)


def _between(runs: list[Span]) -> Iterator[Span]:
    """The code of one line, of whose backticks the runs are."""
    last = {end - start: place for place, (start, end) in enumerate(runs)}
    place = 0
    while place < len(runs):
        opens, closes = place, place + 1
        length = runs[opens][1] - runs[opens][0]
        place += 1
        if last[length] > opens:
            while runs[closes][1] - runs[closes][0] != length:
                closes += 1
            yield runs[opens][0], runs[closes][1]
            place = closes + 1


class Identifiers:
    """Names of code that nothing marks as such: with an underscore or a capital inside, or called; with their arguments."""

    def spans(self, text: str) -> Iterator[Span]:
        """The names."""
        if _HINT.search(text) is not None:
            yield from (match.span() for match in _NAME.finditer(text) if _HINT.search(match.group()) is not None)
