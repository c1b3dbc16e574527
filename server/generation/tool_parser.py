"""Takes tool calls out of an answer's text."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import regex

from server.generation.call_reader import CallReader
from server.generation.calls import CallPiece, ToolTurn, new_call_id

__all__ = ["CALL_MARKS", "MARKS_OF_CALLS", "ToolParser"]

# Opening and closing marks by which chat templates frame calls; None: up to the end of the answer.
_MARKS: tuple[tuple[str, str | None], ...] = (
    ("<tool_call>", "</tool_call>"),
    ("[TOOL_CALLS]", None),
    ("<|python_tag|>", None),
)
MARKS_OF_CALLS = frozenset(mark for pair in _MARKS for mark in pair if mark is not None)
CALL_MARKS = ("<tool_call>", "</tool_call>")  # those that a model is asked to write
_BETWEEN = " \n\t\r,;[]"
_ARGUMENTS_FIRST = regex.compile(r'\{\s*"(?:arguments|parameters)"')


@dataclass(slots=True)
class _Out:
    """What a piece of the answer brings."""

    texts: list[str] = field(default_factory=list)
    calls: list[CallPiece] = field(default_factory=list)


class ToolParser:
    """Takes the calls out of an answer's text as it comes; what cannot become a call goes on at once.

    Attributes:
        made: how many calls there are.
        cut: the last of them lacks its end, or the answer has to be a call and is none so far.
    """

    def __init__(self, turn: ToolTurn) -> None:
        self._turn = turn
        self._held = ""
        self._read: Callable[[_Out], bool] = self._between if turn.forced else self._beginning
        self._opening: str = ""
        self._closing: str | None = None
        self._given: list[str] = []  # since the opening mark, as long as it may be no call
        self._made_here = 0
        self._reader = CallReader(turn.names)
        self._muted = False  # without parallel calls only the first one is given out
        self.made = 0
        self.cut = turn.forced

    def feed(self, text: str) -> tuple[str, list[CallPiece]]:
        """Take in a piece; the text of it that belongs to no call, and what it brings of calls."""
        self._held += text
        return self._run()

    def close(self) -> tuple[str, list[CallPiece]]:
        """The end of the answer; what is left."""
        text, calls = self._run()
        rest = self._reader.held + self._held
        self._held = self._reader.held = ""
        if self._read in (self._beginning, self._outside):
            return text + rest, calls
        out = _Out([text], calls)
        self._given.append(rest)
        if self._read == self._unread:
            self._read_whole(out)
        if not self._made_here and not self._turn.forced:
            out.texts.append(self._opening + "".join(self._given))
        return "".join(out.texts), out.calls

    def _run(self) -> tuple[str, list[CallPiece]]:
        out = _Out()
        while self._read(out):
            pass
        return "".join(out.texts), out.calls

    # Each of these reads what is held from one state of the parser on, and tells whether another may go on.

    def _beginning(self, out: _Out) -> bool:
        first = self._held.lstrip()[:1]
        if first == "{" and self._turn.bare:
            self._enter("", None)
        elif first:
            self._read = self._outside
        return bool(first)

    def _outside(self, out: _Out) -> bool:
        first = _first_mark(self._held)
        if first is None:
            keep = max(_overlap(self._held, mark) for mark, _ in _MARKS)
            cut = len(self._held) - keep
            out.texts.append(self._held[:cut])
            self._held = self._held[cut:]
            return False
        start, (mark, closing) = first
        out.texts.append(self._held[:start])
        self._held = self._held[start + len(mark) :]
        self._enter(mark, closing)
        return True

    def _enter(self, opening: str, closing: str | None) -> None:
        self._opening, self._closing = opening, closing
        self._given, self._made_here = [], 0
        self._read = self._between

    def _between(self, out: _Out) -> bool:
        rest = self._held.lstrip(_BETWEEN)
        self._give(self._held[: len(self._held) - len(rest)])
        self._held = rest
        if not rest:
            return False
        if self._closing is not None and rest.startswith(self._closing):
            self._held = rest[len(self._closing) :]
            self._leave(out)
        elif self._closing is not None and self._closing.startswith(rest):
            return False
        elif rest.startswith("{"):
            self._reader, self._read = CallReader(self._turn.names), self._call
        else:
            self._read = self._unread
        return True

    def _call(self, out: _Out) -> bool:
        reader, new = self._reader, self._reader.name is None
        text, self._held = self._held, ""
        arguments = reader.feed(text)
        if reader.refused:
            self._held, reader.held = reader.held, ""
            self._read = self._unread
            if self._is_bare() and _ARGUMENTS_FIRST.match(self._held, partial=True) is None:
                self._held, self._read = "".join(self._given) + self._held, self._outside
            return True
        if reader.name is not None and new:
            self._open(out, reader.name)
        if reader.ended and reader.whole and new and not arguments:
            arguments = "{}"
        if reader.name is not None:
            self._add(out, arguments)
            self.cut = not reader.whole and not self._muted
        if reader.ended:
            self._held, reader.held = reader.held, ""
            self._read = self._between
        return reader.ended

    def _unread(self, out: _Out) -> bool:
        """What can only be read as a whole."""
        start = -1 if self._closing is None else self._held.find(self._closing)
        if self._closing is None or start < 0:
            keep = 0 if self._closing is None else _overlap(self._held, self._closing)
            self._given.append(self._held[: len(self._held) - keep])
            self._held = self._held[len(self._held) - keep :]
            return False
        self._given.append(self._held[:start])
        self._held = self._held[start + len(self._closing) :]
        self._read_whole(out)
        self._leave(out)
        return True

    def _is_bare(self) -> bool:
        return not self._opening and not self._made_here and not self._turn.forced

    def _give(self, text: str) -> None:
        if not self._made_here:
            self._given.append(text)

    def _leave(self, out: _Out) -> None:
        if not self._made_here:
            out.texts.append(f"{self._opening}{''.join(self._given)}{self._closing}")
        self._read = self._outside

    def _open(self, out: _Out, name: str) -> None:
        self._given.clear()
        self._made_here += 1
        self._muted = self.made > 0 and not self._turn.parallel
        if not self._muted:
            out.calls.append(CallPiece(self.made, new_call_id(), name))
            self.made += 1

    def _add(self, out: _Out, arguments: str) -> None:
        if arguments and not self._muted:
            out.calls.append(CallPiece(self.made - 1, arguments=arguments))

    def _read_whole(self, out: _Out) -> None:
        values = _values("".join(self._given))
        for value in values:
            if isinstance(value, dict) and value.get("name") in self._turn.names:
                arguments = value.get("arguments", value.get("parameters", {}))
                self._open(out, value["name"])
                self._add(out, arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False))
                self.cut = False


def _first_mark(text: str) -> tuple[int, tuple[str, str | None]] | None:
    starts = [(start, marks) for marks in _MARKS if (start := text.find(marks[0])) >= 0]
    return min(starts, key=lambda one: one[0], default=None)


def _overlap(text: str, mark: str) -> int:
    """How many characters at the end may begin a mark."""
    for length in range(min(len(mark) - 1, len(text)), 0, -1):
        if text.endswith(mark[:length]):
            return length
    return 0


def _values(text: str) -> list[Any]:
    """The JSON values of a text; those of a list, if it is one."""
    out: list[Any] = []
    decoder, offset = json.JSONDecoder(), 0
    text = text.strip()
    while offset < len(text):
        try:
            value, offset = decoder.raw_decode(text, offset)
        except (ValueError, RecursionError):
            return out
        out += value if isinstance(value, list) else [value]
        while offset < len(text) and text[offset] in " \n\t,;":
            offset += 1
    return out
