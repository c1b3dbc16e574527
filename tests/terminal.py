"""A terminal for the command line: what a person would see."""

import os
import pty
import re
from pathlib import Path

from tests.processes import start_cli

__all__ = ["on_a_terminal", "plain"]

_COLUMNS = "100"
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_COLOUR = re.compile(r"\x1b\[(?:\d+;)*[34]\d")


def on_a_terminal(*arguments: str, folder: Path, **environment: str) -> tuple[int, str]:
    """The exit code of `tlpo-guard` with these arguments, and what it shows."""
    ours, theirs = pty.openpty()
    variables = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    variables |= {"TERM": "xterm-256color", "COLUMNS": _COLUMNS, **environment}
    process = start_cli(*arguments, cwd=folder, env=variables, standard=(theirs, theirs, theirs))
    os.close(theirs)
    shown = b""
    while piece := _read(ours):
        shown += piece
    code = process.wait(timeout=300)
    os.close(ours)
    return code, shown.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # Linux says so where the other side is closed
        return b""


def plain(shown: str) -> str:
    """What is shown without bold letters; fails where there is colour."""
    assert _COLOUR.search(shown) is None, shown
    return _STYLE.sub("", shown)
