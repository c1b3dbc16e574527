"""The benchmark as a picture: how far confusion falls by each judge, and what it costs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.quality.judges import COUNTED
from benchmarks.quality.results import ALL, shown_methods
from benchmarks.quality.stages import HELD_OUT

__all__ = ["draw"]


def draw(figures: Mapping[str, Any], path: Path) -> None:
    """Write an SVG or PNG: left the fall by judge and method with 95% intervals, right the rates by language before and after."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    methods = shown_methods(figures)
    count = len(methods)
    apart = 0.8 / max(count, 8)  # of 1 from judge to judge
    picture, (left, right) = pyplot.subplots(1, 2, figsize=(11, 5), constrained_layout=True)
    for place, (name, method) in enumerate(methods.items()):
        rows = {row["judge"]: row["languages"] for row in _shortest(method["confusion"])}
        _falls(left, name, rows, f"C{place}", (place - (count - 1) / 2) * apart)
        if place == 0:
            _rates(right, name, rows[COUNTED[0]])
    left.set_yticks(range(len(COUNTED)), COUNTED)
    left.invert_yaxis()
    left.set(
        xlim=(None, 100),
        xlabel="confused answers, relative fall (%), 95% interval",
        title="Held-out prompts, guard off",
    )
    left.axvline(0, color="0.7", linewidth=0.8)
    picture.legend(*left.get_legend_handles_labels(), loc="outside lower left", ncols=5, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context({"svg.hashsalt": "quality"}):
        picture.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(picture)


def _shortest(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the held-out prompts at the shortest length."""
    held_out = [row for row in rows if row["set"] == HELD_OUT and row["languages"]]
    shortest = min((row["tokens"] for row in held_out), default=0)
    return [row for row in held_out if row["tokens"] == shortest]


def _falls(axes: Any, name: str, rows: Mapping[str, Any], color: str, shift: float) -> None:
    for place, judge in enumerate(COUNTED):
        fall = rows[judge][ALL]["fall"] if judge in rows else {"value": None}
        if fall["value"] is not None:
            around = [[100 * (fall["value"] - fall["low"])], [100 * (fall["high"] - fall["value"])]]
            label = name if place == 0 else None
            axes.errorbar([100 * fall["value"]], [place + shift], xerr=around, fmt="o", color=color, label=label)


def _rates(axes: Any, name: str, by_language: Mapping[str, Any]) -> None:
    languages = [tag for tag in by_language if tag != ALL]
    for shift, which in ((-0.2, "before"), (0.2, "after")):
        values = [100 * by_language[tag][which]["value"] for tag in languages]
        around = [
            [v - 100 * by_language[t][which]["low"] for v, t in zip(values, languages, strict=True)],
            [100 * by_language[t][which]["high"] - v for v, t in zip(values, languages, strict=True)],
        ]
        places = [i + shift for i in range(len(languages))]
        axes.bar(places, values, width=0.38, yerr=around, label=which, color="C7" if which == "before" else "C0")
    axes.set_xticks(range(len(languages)), languages)
    axes.set(ylabel=f"confused answers (%), {COUNTED[0]}", title=f"Before and after {name}")
    axes.legend(frameon=False)
