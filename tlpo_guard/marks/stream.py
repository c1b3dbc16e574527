"""Divides an answer into its reasoning and what is meant to be read, as its text comes."""

from tlpo_guard.marks.table import MARKS, Content, MarkPair

__all__ = ["ReasoningText"]

_OPENS = {mark: pair for pair in MARKS if pair.content is Content.REASONING for mark in pair.opens}


class ReasoningText:
    """One answer. Reasoning stands at its beginning; the marks, and white space beside them, belong to neither part.

    Args:
        opened: the marks of the reasoning that the prompt has begun; None for none.

    Attributes:
        inside: what comes next is reasoning, as far as is known.
        over: what comes next is not, to the end of the answer.
    """

    def __init__(self, opened: MarkPair | None = None) -> None:
        self._held = ""
        self._divided = False  # white space belongs to the marks before it
        self._in_head = False
        self._pair: MarkPair | None = None
        self.over = False
        if opened is not None:
            self._enter(opened)

    @property
    def inside(self) -> bool:
        """Whether what comes next is reasoning."""
        return self._pair is not None

    def feed(self, text: str) -> tuple[str, str]:
        """Take in a piece; what it brings of the reasoning, and of the rest."""
        self._held += text
        reasoning = ""
        while not self.over:
            if self._pair is None:
                if not self._looked_for_opening():
                    return reasoning, ""
            else:
                part, closed = self._read(self._pair)
                reasoning += part
                if not closed:
                    return reasoning, ""
        rest, self._held = self._held, ""
        return reasoning, rest

    def close(self) -> tuple[str, str]:
        """The end of the answer; what is left."""
        held, self._held = self._held, ""
        if self._pair is None:
            return "", held.lstrip() if self._divided and not self.over else held
        return ("" if self._in_head else held.rstrip()), ""

    def _enter(self, pair: MarkPair) -> None:
        self._pair, self._divided, self._in_head = pair, True, bool(pair.head)

    def _looked_for_opening(self) -> bool:
        """Whether what is held tells what it is."""
        begun = self._held.lstrip()
        mark = max((mark for mark in _OPENS if begun.startswith(mark)), key=len, default=None)
        if mark is not None:
            self._held = begun[len(mark) :]
            self._enter(_OPENS[mark])
            return True
        if not begun or any(mark.startswith(begun) for mark in _OPENS):
            return False
        self.over = True
        self._held = begun if self._divided else self._held
        return True

    def _read(self, pair: MarkPair) -> tuple[str, bool]:
        """What is held of the reasoning, and whether it is over."""
        ends = [(place, -len(mark)) for mark in pair.closes if (place := self._held.find(mark)) >= 0]
        end, length = min(ends, default=(len(self._held), 0))
        if self._in_head and (head := self._held.find(pair.head, 0, end)) >= 0:
            self._held = self._held[head + len(pair.head) :]
            self._in_head, self._divided = False, True
            return self._read(pair)
        if ends:
            part = self._stripped(self._held[:end])
            self._held = self._held[end - length :]
            self._pair, self._divided = None, True
            return ("" if self._in_head else part.rstrip()), True
        if self._in_head:
            return "", False
        shown = self._held[: len(self._held) - _unsure(self._held, pair)]
        shown = shown[: len(shown.rstrip())]
        self._held = self._held[len(shown) :]
        return self._stripped(shown), False

    def _stripped(self, text: str) -> str:
        """Without the white space behind the opening mark."""
        if self._divided:
            text = text.lstrip()
            self._divided = not text
        return text


def _unsure(text: str, pair: MarkPair) -> int:
    """How many characters at the end may begin a closing mark."""
    longest = 0
    for mark in pair.closes:
        for length in range(min(len(mark) - 1, len(text)), longest, -1):
            if text.endswith(mark[:length]):
                longest = length
                break
    return longest
