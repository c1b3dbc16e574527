"""What every command prints: for people on a terminal, JSON where it is asked for."""

import json
import sys
import unicodedata
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["Json", "for_people", "marked", "print_json", "visible"]

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_JOINERS = "\u200c\u200d"  # Persian and Indic spelling needs them
_DRIFT, _TAKEN = "bold white on red", "bold black on green"


def for_people(as_json: bool) -> bool:
    """Whether a person reads standard output: JSON was not asked for, and it is a terminal."""
    return not as_json and sys.stdout.isatty()


def print_json(value: Any, *, indent: int | None = None) -> None:
    """One JSON value; a line of its own where it has no indent."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=indent, default=str))


def marked(text: str, drift: bool) -> "Text":
    """A drift, or what was taken instead, in colour and in brackets, which stay where there is no colour."""
    from rich.text import Text

    opening, closing = "⟦⟧" if drift else "‹›"
    return Text(f"{opening}{visible(text)}{closing}", _DRIFT if drift else _TAKEN)


def visible(text: str) -> str:
    """A model's text on one line of a terminal: what would move the cursor or turn the line around is shown as a sign."""
    return "".join("⏎" if c == "\n" else _sign(c) for c in text)


def _sign(character: str) -> str:
    if character in _JOINERS or unicodedata.category(character) not in ("Cc", "Cf"):
        return character
    return "·"
