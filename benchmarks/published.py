"""Our LPR and WPR beside the published ones, which used fastText's large model."""

import csv
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tlpo_guard.lcb import english_words, judge, rates
from tlpo_guard.lcb.line_words import segmenters_missing
from tlpo_guard.lcb.outputs import read_completions

__all__ = ["compare"]

_TAGS = {
    "Arabic": "ar", "English": "en", "Portuguese": "pt", "Turkish": "tr", "Chinese": "zh", "Spanish": "es", "French": "fr",
    "Hindi": "hi", "Russian": "ru", "Japanese": "ja", "Korean": "ko", "German": "de", "Indonesian": "id", "Italian": "it",
    "Vietnamese": "vi",
}  # fmt: skip
Cell = tuple[str, str, str, str]  # model, task, metric, language


def compare(data: Path, console: Console) -> None:
    """Print the differences, in points."""
    if missing := segmenters_missing():
        console.print(
            f"words of {', '.join(missing)} are estimated; install tlpo-guard[eval] for the benchmark's own",
            markup=False,
        )
    published, ours = _published(data / "lcb" / "pass_rates.csv"), _ours(data / "lcb")
    differences = {cell: ours[cell] - value for cell, value in published.items() if cell in ours}
    table = Table("model", "task", "metric", "published", "ours", "difference", title="pass rates")
    groups: dict[tuple[str, str, str], list[Cell]] = defaultdict(list)
    for cell in differences:
        groups[cell[:3]].append(cell)
    for group, cells in sorted(groups.items()):
        theirs, mine = (sum(of[c] for c in cells) / len(cells) for of in (published, ours))
        table.add_row(*group, f"{theirs:.2f}", f"{mine:.2f}", f"{mine - theirs:+.2f}")
    console.print(table)
    for metric in ("lpr", "wpr"):
        sizes = [abs(d) for cell, d in differences.items() if cell[2] == metric]
        console.print(f"{metric}: mean difference of {len(sizes)} cells {sum(sizes) / len(sizes):.2f} points")
    console.print(f"all cells: {sum(map(abs, differences.values())) / len(differences):.2f} points")


def _published(path: Path) -> dict[Cell, float]:
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {
        (r["model"], r["task"], r["metric"], _TAGS.get(r["language"], r["language"])): float(r["percent"]) for r in rows
    }


def _ours(folder: Path) -> dict[Cell, float]:
    """Averages over sources; the published crosslingual LPR averages the sources of both tasks (seen from its decimals)."""
    english = english_words(folder / "words")
    found: dict[Cell, list[float]] = defaultdict(list)
    for path in sorted((folder / "outputs").glob("*.csv*")):
        rows = read_completions(path)
        cells = rates(((r.task, r.source, r.language), judge(r.completion, r.language, english), True) for r in rows)
        for (task, source, tag), rate in cells.items():
            if source and tag:
                model = path.name.split(".")[0]
                _note(found, model, task, tag, rate.lpr, rate.wpr)
    return {cell: sum(values) / len(values) for cell, values in found.items()}


def _note(
    found: dict[Cell, list[float]], model: str, task: str, tag: str, lpr: float | None, wpr: float | None
) -> None:
    for metric, value in (("lpr", lpr), ("wpr", wpr)):
        if value is not None:
            found[model, task, metric, tag].append(value)
    if task == "monolingual" and lpr is not None:
        found[model, "crosslingual", "lpr", tag].append(lpr)
