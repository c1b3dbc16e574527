"""What stands between marks in a whole text."""

import re
from collections.abc import Iterator
from functools import cache

from tlpo_guard.marks.table import MARKS, Content, MarkPair

__all__ = ["marked_spans"]

_BEGINS = re.compile(r"[<\[◁]")
_QUOTE = "`"  # "the tag `<think>`" speaks of the mark
# Harmony whose special tokens were left out when the answer was decoded
_BARE_HARMONY = re.compile(r"\s*analysis(?=\S)")
_BARE_FINAL = "assistantfinal"


def marked_spans(text: str, content: Content) -> Iterator[tuple[int, int]]:
    """Stretches between marks, with the marks, in order; one that is not closed runs to the end.

    A closing mark of reasoning that nothing opened, the first of them, makes all before it reasoning.
    """
    if content is Content.REASONING and (end := _bare_harmony_end(text)):
        yield 0, end
        return
    if _BEGINS.search(text) is None:
        return
    inside: MarkPair | None = None
    start = end = 0
    for found in _pattern(content).finditer(text):
        pair, opens = _by_text(content)[found.group()]
        if inside is not None:
            if found.group() in inside.closes:
                yield start, found.end()
                inside, end = None, found.end()
        elif _is_quoted(text, found):
            continue
        elif opens:
            inside, start = pair, found.start()
        elif not end and found.group() in pair.tells:
            end = found.end()
            yield 0, end
    if inside is not None:
        yield start, len(text)


def _bare_harmony_end(text: str) -> int:
    if _BARE_HARMONY.match(text) is None:
        return 0
    final = text.find(_BARE_FINAL)
    return 0 if final < 0 else final + len(_BARE_FINAL)


def _is_quoted(text: str, found: re.Match[str]) -> bool:
    return text[found.start() - 1 : found.start()] == _QUOTE


@cache
def _by_text(content: Content) -> dict[str, tuple[MarkPair, bool]]:
    """Of each mark its pair, and whether it opens."""
    pairs = [pair for pair in MARKS if pair.content is content]
    closing = {mark: (pair, False) for pair in pairs for mark in pair.closes}
    return closing | {mark: (pair, True) for pair in pairs for mark in pair.opens}


@cache
def _pattern(content: Content) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_by_text(content), key=len, reverse=True))))
