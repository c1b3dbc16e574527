"""The report of `compare` as a table in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.mixing.judges import MIXED
from benchmarks.quality.cells import interval, p_value, percent, table

__all__ = ["BEGIN", "END", "markdown"]

BEGIN, END = "<!-- mixing: python -m benchmarks.mixing table -->", "<!-- end of mixing -->"
_HEAD = ("method", "judge", "asked", "half", "prompts", "units", "base, %", "after, %", "fall", "p")
_NAMES = {MIXED: "Unicode, beside the own letters", "letters": "Unicode", "paper": "authors", "ours": "ours"}


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Each method by each judge on the sealed half and on both; and by Unicode for each way of asking."""
    shown = [row for row in rows if row["half"] != "open" and (row["cells"] == "all" or row["judge"] == "letters")]
    shown.sort(key=lambda row: (row["method"], list(_NAMES).index(row["judge"])))
    return table(_HEAD, [_cells(row) for row in shown]) + "\n"


def _cells(row: Mapping[str, Any]) -> list[str]:
    fall = interval(row["fall"], 100, "%", digits=0)
    shares = [percent(row["base"]), percent(row["other"])]
    names = [row["method"], _NAMES[row["judge"]], row["cells"], row["half"], str(row["prompts"]), str(row["units"])]
    return [*names, *shares, fall, p_value(row["p"])]
