"""Takes tool calls out of an answer's text."""

import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

__all__ = ["CALL_MARKS", "CalledTool", "ToolParser", "ToolTurn"]

# Opening and closing marks by which chat templates frame calls; None: up to the end of the answer.
_MARKS: tuple[tuple[str, str | None], ...] = (
    ("<tool_call>", "</tool_call>"),
    ("[TOOL_CALLS]", None),
    ("<|python_tag|>", None),
)
CALL_MARKS = ("<tool_call>", "</tool_call>")  # those that a model is asked to write


@dataclass(frozen=True, slots=True)
class CalledTool:
    """A call that the model made.

    Attributes:
        arguments: JSON text of an object.
    """

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolTurn:
    """The tools of a request.

    Attributes:
        names: of the functions that may be called.
        forced: the answer has to be a call.
        parallel: there may be several calls.
    """

    names: frozenset[str]
    forced: bool
    parallel: bool


class ToolParser:
    """Takes the calls out of an answer's text as it comes; what cannot become a call goes on at once."""

    def __init__(self, turn: ToolTurn) -> None:
        self._turn = turn
        self._held = ""
        self._close: str | None = None
        self._inside = turn.forced
        self.calls: list[CalledTool] = []

    def feed(self, text: str) -> str:
        """Take in a piece; the text of it that belongs to no call."""
        self._held += text
        out = ""
        while True:
            if self._inside:
                if self._close is None or self._close not in self._held:
                    return out
                body, self._held = self._held.split(self._close, 1)
                out += self._taken(body, self._close)
                self._inside = False
                continue
            first = _first_mark(self._held)
            if first is None:
                keep = _beginning_of_mark(self._held)
                out, self._held = out + self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
                return out
            start, (mark, self._close) = first
            out, self._held, self._inside = out + self._held[:start], self._held[start + len(mark) :], True

    def close(self) -> str:
        """The end of the answer; the text that is left."""
        held, self._held = self._held, ""
        if self._inside or (not self.calls and held.lstrip().startswith("{")):
            return self._taken(held, self._close or "")
        return held

    def _taken(self, body: str, closing: str) -> str:
        """Read calls; a text that holds none is given back as it was."""
        calls = [call for value in _values(body) if (call := self._as_call(value)) is not None]
        if not calls:
            return body + closing if self._turn.forced else f"{_opening(closing)}{body}{closing}"
        self.calls += calls if self._turn.parallel else calls[: 1 - len(self.calls)]
        return ""

    def _as_call(self, value: Any) -> CalledTool | None:
        if not isinstance(value, dict) or value.get("name") not in self._turn.names:
            return None
        arguments = value.get("arguments", value.get("parameters", {}))
        text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        return CalledTool(f"call_{uuid.uuid4().hex[:24]}", value["name"], text)


def _opening(closing: str) -> str:
    return next((mark for mark, close in _MARKS if close == closing), "")


def _first_mark(text: str) -> tuple[int, tuple[str, str | None]] | None:
    starts = [(start, marks) for marks in _MARKS if (start := text.find(marks[0])) >= 0]
    return min(starts, key=lambda one: one[0], default=None)


def _beginning_of_mark(text: str) -> int:
    """How many characters at the end may begin a mark; all of a text that may be a bare JSON call."""
    if re.match(r"\s*\{", text):
        return len(text)
    for mark, _ in _MARKS:
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
        except ValueError:
            return out
        out += value if isinstance(value, list) else [value]
        while offset < len(text) and text[offset] in " \n\t,;":
            offset += 1
    return out
