"""The report as one self-contained page: no scripts, nothing fetched, everything that users wrote escaped."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from distill.report.plots import bars, steps_over_time, trajectory
from distill.report.sheet import Sheet

__all__ = ["render_html"]

_PERCENT = ("confusion mass", "confusion, own prompts", "accuracy")  # checks whose figures are shares
_RATES = (("rpr", "Response pass rate"), ("lpr", "Line pass rate"), ("wpr", "Word pass rate"))


def render_html(report: Mapping[str, Any]) -> str:
    """The page of a report.

    Args:
        report: `gate`, and where known `before`, `after`, `steps`, `selection`, `lineage`, `examples`, `seconds`.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("distill.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure": _figure, "percent": _percent, "shown": _shown}
    checks = [_check(check) for check in report["gate"]["checks"]]
    sheet = Sheet()
    plots = [(title, sheet.plot(svg)) for title, svg in _plots(report)]
    return environment.get_template("page.html.jinja").render(
        passed=bool(report["gate"]["passed"]),
        headline=_headline(report),
        checks=checks,
        languages=list(_languages(report)),
        plots=plots,
        sheet=sheet,
        selection=report.get("selection") or {},
        lineage=_flat(report.get("lineage") or {}),
        examples=[_example(example) for example in report.get("examples") or ()],
        steps=len(report.get("steps") or ()),
        seconds=report.get("seconds"),
    )


def _headline(report: Mapping[str, Any]) -> str:
    failed = [check["name"] for check in report["gate"]["checks"] if not check["ok"]]
    confusion = next((c for c in report["gate"]["checks"] if c["name"] == "confusion mass"), None)
    moved = ""
    if confusion is not None:
        moved = f"Held-out confusion {_percent(confusion['before'])} → {_percent(confusion['after'])}"
    if not failed:
        return moved + "; every check is met."
    return f"{moved}; not met: {', '.join(failed)}."


def _check(check: Mapping[str, Any]) -> dict[str, Any]:
    name = str(check["name"])
    form = _percent if name.startswith(_PERCENT) else _figure
    figures = {side: form(check[side]) for side in ("before", "after", "limit")}
    return {"name": name, "ok": bool(check["ok"]), **figures}


def _languages(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows of the table by language."""
    for language, before, after in _sides(report):
        cells = [_pair(before, after, "confusion_mass", _percent)]
        cells += [_pair(before, after, name, _figure) for name, _ in _RATES]
        cells.append(_pair(before, after, "answer_length", _figure))
        yield {"language": language, "points": before["points"], "answers": before["answers"], "cells": cells}


def _pair(before: Mapping[str, Any], after: Mapping[str, Any], name: str, form: Any) -> str:
    if before.get(name) is None and after.get(name) is None:
        return "–"
    return f"{form(before.get(name))} → {form(after.get(name))}"


def _sides(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    before, after = (((report.get(side) or {}).get("by_language") or {}) for side in ("before", "after"))
    for language in before:
        yield language, before[language], after.get(language, {})


def _plots(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Titles and SVG elements."""
    sides = list(_sides(report))
    confusion = {x: (_hundredfold(b, "confusion_mass"), _hundredfold(a, "confusion_mass")) for x, b, a in sides}
    if confusion:
        title = "Confusion mass at held-out points"
        yield title, bars(title, confusion, what="%, less is better")
    for name, title in _RATES[:1]:
        rows = {x: (b.get(name), a.get(name)) for x, b, a in sides if b.get(name) is not None}
        if rows:
            yield f"{title} of sampled answers", bars(title, rows, what="%, more is better")
    steps = list(_finite_steps(report.get("steps") or ()))
    if steps:
        title = "Confusion and KL at trained points, step by step"
        yield title, steps_over_time(title, steps)
        title = "What the fall of the confusion costs"
        yield title, trajectory(title, steps)


def _hundredfold(figures: Mapping[str, Any], name: str) -> float | None:
    value = figures.get(name)
    return None if value is None else 100.0 * value


def _finite_steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for number, row in enumerate(steps, 1):
        if all(math.isfinite(row.get(name, math.nan)) for name in ("confusion_mass", "kl")):
            yield {"step": number, **row}


def _example(example: Mapping[str, Any]) -> dict[str, Any]:
    """With the drifting candidates' probability on each side."""
    candidates = example["candidates"]
    before, after = ([c[side] for c in candidates if c["drifts"]] for side in ("before", "after"))
    return {**example, "before": sum(before), "after": None if None in after else sum(after)}


def _flat(lineage: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values; settings one by one, as `config.training.max_steps`."""
    rows: list[tuple[str, str]] = []
    for name, value in lineage.items():
        if isinstance(value, Mapping):
            rows += [(f"{name}.{inner}", text) for inner, text in _flat(value)]
        elif value not in (None, "", []):
            rows.append((name, str(value)))
    return rows


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _percent(value: float | None) -> str:
    """A share as percent; small ones keep a second digit."""
    if value is None:
        return "–"
    return f"{100.0 * value:.1f}%" if value == 0 or abs(value) >= 0.01 else f"{100.0 * value:.2g}%"


def _shown(text: str) -> str:
    """Text whose line ends can be seen."""
    return text.replace("\r", "").replace("\n", "↵")
