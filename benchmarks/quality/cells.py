"""Figures as the cells of a Markdown table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["between", "interval", "number", "p_value", "percent", "table"]


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A head and rows of cells."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def percent(given: Mapping[str, Any]) -> str:
    """A share, 0 to 1, in percent."""
    return "–" if given["value"] is None else f"{100 * given['value']:.1f}"


def number(value: float | None) -> str:
    """With three decimals."""
    return "–" if value is None else f"{value:.3f}"


def interval(given: Mapping[str, Any], times: float, unit: str, *, digits: int) -> str:
    """A figure with its 95% interval, where it has one."""
    value, low, high = given["value"], given["low"], given["high"]
    if value is None:
        return "–"
    if low is None or high is None:
        return f"{times * value:.{digits}f}{unit}"
    return f"{times * value:.{digits}f}{unit} [{times * low:.{digits}f}, {times * high:.{digits}f}]"


def p_value(value: float) -> str:
    """Of a test."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def between(document: Path, text: str, begin: str, end: str) -> None:
    """Put a text between two marks of a document.

    Raises:
        ValueError: the document has no such marks.
    """
    whole = document.read_text(encoding="utf-8")
    before, found, rest = whole.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{document} has no place for the tables; write the lines {begin!r} and {end!r} into it")
    document.write_text(f"{before}{begin}\n{text}{end}{after}", encoding="utf-8")
