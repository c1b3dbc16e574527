"""Pass rates by task, source and language, and their averages."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tlpo_guard.lcb.judgement import Judgement

__all__ = ["Cell", "Rates", "rates"]

Cell = tuple[str, str, str]  # task, source, language


@dataclass(frozen=True, slots=True)
class Rates:
    """Pass rates in percent; None where there is nothing to rate.

    Attributes:
        completions: how many.
        lpr: line pass rate: completions without a failed line.
        wpr: word pass rate: of those, completions without an English word.
        rpr: response pass rate by this project's own detector.
    """

    completions: int
    lpr: float | None
    wpr: float | None
    rpr: float | None


def rates(judged: Iterable[tuple[Cell, Judgement, bool]]) -> Mapping[Cell, Rates]:
    """The rates of every cell, and averages: over sources as (task, "", language), over languages as (task, "", "").

    Args:
        judged: cell, the benchmark's judgement and whether our own detector finds no drift, of every completion.
    """
    cells: dict[Cell, list[tuple[Judgement, bool]]] = defaultdict(list)
    for cell, judgement, clean in judged:
        cells[cell].append((judgement, clean))
    by_cell = {cell: _rate(rows) for cell, rows in cells.items()}
    by_language: dict[Cell, list[Rates]] = defaultdict(list)
    for (task, _, language), rate in by_cell.items():
        by_language[task, "", language].append(rate)
    languages = {cell: _mean(group) for cell, group in by_language.items()}
    by_task: dict[Cell, list[Rates]] = defaultdict(list)
    for (task, _, _), rate in languages.items():
        by_task[task, "", ""].append(rate)
    return by_cell | languages | {cell: _mean(group) for cell, group in by_task.items()}


def _rate(rows: list[tuple[Judgement, bool]]) -> Rates:
    lines = [j.lines for j, _ in rows if j.lines is not None]
    words = [j.words for j, _ in rows if j.words is not None]
    return Rates(len(rows), _percent(lines), _percent(words), _percent([clean for _, clean in rows]))


def _percent(passed: list[bool]) -> float | None:
    return 100.0 * sum(passed) / len(passed) if passed else None


def _mean(group: list[Rates]) -> Rates:
    def mean(values: list[float | None]) -> float | None:
        present = [v for v in values if v is not None]
        return sum(present) / len(present) if present else None

    return Rates(
        sum(r.completions for r in group),
        mean([r.lpr for r in group]),
        mean([r.wpr for r in group]),
        mean([r.rpr for r in group]),
    )
