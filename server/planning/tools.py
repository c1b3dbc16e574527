"""Tool calls: how a model is told of its tools, and how its calls are read back."""

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.planning.schemas import Message, NamedTool, Tool

__all__ = ["CalledTool", "ToolParser", "ToolTurn", "call_schema", "conversation"]

# Opening and closing marks by which chat templates frame calls; None: up to the end of the answer.
_MARKS: tuple[tuple[str, str | None], ...] = (
    ("<tool_call>", "</tool_call>"),
    ("[TOOL_CALLS]", None),
    ("<|python_tag|>", None),
)
_OWN = _MARKS[0]


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
        forced: the answer has to be a call.
    """

    tools: tuple[Tool, ...]
    forced: bool
    parallel: bool


def conversation(messages: Sequence[Message], tools: Sequence[Tool], template: str) -> list[dict[str, Any]]:
    """The messages as a chat template takes them; where it knows no tools, they are told in a system message."""
    native = "tools" in template
    out = [_as_dict(message, template, native) for message in messages]
    if not tools or native:
        return out
    told = _instruction(tools)
    if out and out[0]["role"] == "system":
        out[0]["content"] = f"{out[0]['content']}\n\n{told}"
        return out
    return [{"role": "system", "content": told}, *out]


def _as_dict(message: Message, template: str, native: bool) -> dict[str, Any]:
    role = "system" if message.role == "developer" and "developer" not in template else message.role
    out: dict[str, Any] = {"role": role, "content": message.text}
    if message.name is not None:
        out["name"] = message.name
    calls = [_call(call.function.name, call.function.arguments) for call in message.tool_calls or ()]
    if native:
        if calls:
            out["tool_calls"] = [{"type": "function", "function": call} for call in calls]
        if message.tool_call_id is not None:
            out["tool_call_id"] = message.tool_call_id
        return out
    if calls:
        shown = "\n".join(f"{_OWN[0]}\n{json.dumps(call, ensure_ascii=False)}\n{_OWN[1]}" for call in calls)
        out["content"] = f"{message.text}\n{shown}".strip()
    if role == "tool":
        out = {"role": "user", "content": f"<tool_response>\n{message.text}\n</tool_response>"}
    return out


def _call(name: str, arguments: str) -> dict[str, Any]:
    try:
        return {"name": name, "arguments": json.loads(arguments)}
    except ValueError:
        return {"name": name, "arguments": arguments}


def _instruction(tools: Sequence[Tool]) -> str:
    listed = "\n".join(json.dumps(tool.model_dump(exclude_none=True), ensure_ascii=False) for tool in tools)
    return (
        f"You can call these functions, one JSON description a line:\n{listed}\n"
        f'To call one, write {_OWN[0]}{{"name": "its name", "arguments": {{...}}}}{_OWN[1]} and nothing else.'
    )


def call_schema(tools: Sequence[Tool], choice: NamedTool | str | None) -> dict[str, Any]:
    """JSON schema of a call that has to be made."""
    wanted = [t for t in tools if not isinstance(choice, NamedTool) or t.function.name == choice.function.name]
    return {"anyOf": [_schema_of(tool) for tool in wanted]}


def _schema_of(tool: Tool) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "name": {"const": tool.function.name},
            "arguments": tool.function.parameters or {"type": "object", "additionalProperties": False},
        },
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


class ToolParser:
    """Takes the calls out of an answer's text as it comes; what cannot become a call goes on at once."""

    def __init__(self, turn: ToolTurn) -> None:
        self._turn = turn
        self._names = {tool.function.name for tool in turn.tools}
        self._held = ""
        self._close: str | None = None
        self._inside = turn.forced
        self.calls: list[CalledTool] = []

    def feed(self, text: str) -> str:
        """Take in a piece; the text that is none of a call."""
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
            found = _first_mark(self._held)
            if found is None:
                keep = _beginning_of_mark(self._held)
                out, self._held = out + self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
                return out
            at, (mark, self._close) = found
            out, self._held, self._inside = out + self._held[:at], self._held[at + len(mark) :], True

    def close(self) -> str:
        """The end of the answer; the text that is left."""
        held, self._held = self._held, ""
        if self._inside or (not self.calls and held.lstrip().startswith("{")):
            return self._taken(held, self._close or "")
        return held

    def _taken(self, body: str, closing: str) -> str:
        """Read calls; a text that holds none is given back as it was."""
        found = [call for value in _values(body) if (call := self._as_call(value)) is not None]
        if not found:
            return body + closing if self._turn.forced else f"{_opening(closing)}{body}{closing}"
        self.calls += found if self._turn.parallel else found[: 1 - len(self.calls)]
        return ""

    def _as_call(self, value: Any) -> CalledTool | None:
        if not isinstance(value, dict) or value.get("name") not in self._names:
            return None
        arguments = value.get("arguments", value.get("parameters", {}))
        text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        return CalledTool(f"call_{uuid.uuid4().hex[:24]}", value["name"], text)


def _opening(closing: str) -> str:
    return next((mark for mark, close in _MARKS if close == closing), "")


def _first_mark(text: str) -> tuple[int, tuple[str, str | None]] | None:
    found = [(at, marks) for marks in _MARKS if (at := text.find(marks[0])) >= 0]
    return min(found, key=lambda f: f[0], default=None)


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
    decoder, at = json.JSONDecoder(), 0
    text = text.strip()
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError:
            return out
        out += value if isinstance(value, list) else [value]
        while at < len(text) and text[at] in " \n\t,;":
            at += 1
    return out
