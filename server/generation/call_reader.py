"""Reads the JSON of one call as it comes: the name first, then the arguments piece by piece."""

import json
import re
from collections.abc import Collection

import regex

__all__ = ["CallReader"]

_STRING = r'"(?:[^"\\]|\\.)*"'
_BESIDE = rf'(?:"(?:type|id)"\s*:\s*{_STRING}\s*,\s*)*'
_ARGUMENTS = r',\s*"(?:arguments|parameters)"\s*:\s*(?=["{])'
_HEAD = regex.compile(rf'\{{\s*{_BESIDE}"name"\s*:\s*({_STRING})\s*(\}}|{_ARGUMENTS})', regex.DOTALL)
_LONGEST_HEAD = 4096  # characters
_MATTERS = re.compile(r'["\\{}\[\]<]')


def _text(spelled: str) -> str:
    """What a JSON string says; itself where it is none."""
    try:
        return str(json.loads(spelled, strict=False))
    except ValueError:
        return spelled


class _Value:
    """Finds the end of a JSON value.

    Args:
        depth: brackets that are open before it.

    Attributes:
        ended: it is over.
        broken: by a mark that is in no string.
    """

    def __init__(self, depth: int = 0) -> None:
        self._depth = depth
        self._quoted = self._escaped = False
        self.ended = self.broken = False

    def feed(self, text: str) -> int:
        """Take in more; how many characters of it belong to the value."""
        escaped = 0 if self._escaped and text else -1
        self._escaped = self._escaped and not text
        for found in _MATTERS.finditer(text):
            place, char = found.span()[0], found.group()
            if place == escaped:
                continue
            if char == "\\":
                escaped = place + 1
            elif char == '"':
                self._quoted = not self._quoted
                self.ended = not self._quoted and not self._depth
            elif not self._quoted:
                self.broken = char == "<"
                self._depth += (char in "{[") - (char in "}]")
                self.ended = self.broken or self._depth <= 0
            if self.ended:
                return place + (not self.broken)
        self._escaped = self._escaped or escaped == len(text)
        return len(text)


class CallReader:
    """One JSON object of a call.

    Args:
        names: of the functions that may be called.

    Attributes:
        name: of the function, once it is known.
        refused: this cannot be read as it comes, or is no call.
        whole: the arguments are.
        ended: nothing more belongs to the object.
        held: what was fed and not taken: all of it as long as the name is unknown, and what stands behind the end.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self.held = ""
        self.name: str | None = None
        self.refused = self.whole = self.ended = False
        self._arguments, self._rest = _Value(), _Value(depth=1)
        self._spelled: list[str] | None = None  # arguments that are a string, which holds the JSON text

    def feed(self, text: str) -> str:
        """Take in more; what it brings of the arguments."""
        self.held += text
        if self.name is None:
            self._read_head()
        if self.name is None or self.ended:
            return ""
        out = "" if self._arguments.ended else self._read_arguments()
        if self._arguments.ended and not self.ended:
            self._taken(self._rest)
            self.ended = self._rest.ended or self._arguments.broken
        return out

    def _read_head(self) -> None:
        found = _HEAD.match(self.held, partial=True)
        if found is None or len(self.held) > _LONGEST_HEAD:
            self.refused = True
            return
        if found.partial:
            return
        name = _text(found.group(1))
        if name not in self._names:
            self.refused = True
        else:
            self.name = name
            self.held = self.held[found.end() :]
            if found.group(2) == "}":
                self.whole = self.ended = True
            elif self.held.startswith('"'):
                self._spelled = []

    def _read_arguments(self) -> str:
        out = self._taken(self._arguments)
        self.whole = self._arguments.ended and not self._arguments.broken
        if self._spelled is None:
            return out
        self._spelled.append(out)
        return _text("".join(self._spelled)) if self.whole else ""

    def _taken(self, value: _Value) -> str:
        count = value.feed(self.held)
        out, self.held = self.held[:count], self.held[count:]
        return out
