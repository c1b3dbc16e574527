"""Commands and error messages inside a line of prose, which nothing marks as such."""

import re
from collections.abc import Iterator

from tlpo_guard.exemptions.spans import Span

__all__ = ["Commands", "ErrorMessages"]

# To the end of the sentence.
_MESSAGE = re.compile(
    r"(?<!\w)[A-Z][A-Za-z]{1,40}(?:Error|Exception): (?P<said>(?:[^\n.!?]|[.!?](?![\s\"'”]|$)){1,100})"
)
_SIGN = re.compile(r"[\"'`()\[\]{}<>_=/0-9]")
_LONGEST_PLAIN = 8  # words of a message without a sign of code
_TOOLS = ("apt-get", "docker", "git", "kubectl", "npm", "npx", "pip", "pip3", "systemctl")
# A tool with a word or two and its arguments: options, strings, paths, names in capitals.
_COMMAND = re.compile(
    rf"""\b(?<![/.-])(?:{"|".join(_TOOLS)})
        (?:[ ][a-z][\w.-]*+){{1,2}}
        (?:[ ](?:-{{1,2}}[\w-]*+(?:=\S++)?+ | "[^"\n]{{0,100}}+(?:"|$) | '[^'\n]{{0,100}}+(?:'|$) | [A-Z]+[~^]\d*+
            | [\w-]*+[/~.=]\w\S*+))*+
    """,
    re.VERBOSE | re.MULTILINE | re.ASCII,
)


class ErrorMessages:
    """Messages behind the name of an exception."""

    def spans(self, text: str) -> Iterator[Span]:
        """The names with their messages."""
        if "Error: " in text or "Exception: " in text:
            yield from (match.span() for match in _MESSAGE.finditer(text) if _is_message(match["said"]))


class Commands:
    """Command lines of well-known tools."""

    def spans(self, text: str) -> Iterator[Span]:
        """The commands with their arguments."""
        if any(f"{tool} " in text for tool in _TOOLS):
            yield from (match.span() for match in _COMMAND.finditer(text))


def _is_message(said: str) -> bool:
    """Whether what stands behind an exception's name is its message rather than prose."""
    return _SIGN.search(said) is not None or len(said.split()) <= _LONGEST_PLAIN
