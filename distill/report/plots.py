"""Plots of a report as inline SVG; no pyplot, hence no global state and no display."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

__all__ = ["bars", "steps_over_time", "trajectory"]

_BEFORE, _AFTER, _KL = "#9a9a9a", "#0b5cad", "#b3541e"  # told apart in grey, too
_WIDTH = 5.0  # inches
_GROUP_ID = re.compile('<g id="[^"]*"')  # the same in every plot, and nothing refers to them
_STYLE = {
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",  # text stays text: smaller, and readers can select it
}


def bars(title: str, rows: Mapping[str, tuple[float | None, float | None]], *, what: str) -> str:
    """Before and after of each language, in percent; one that is None has no bar.

    Args:
        rows: before and after by language.
        what: the axis' label.
    """
    with _figure(title, 0.9 + 0.52 * max(len(rows), 1)) as figure:
        axes = figure.subplots()
        for offset, colour, label, index in ((-0.2, _BEFORE, "before", 0), (0.2, _AFTER, "after", 1)):
            values = [row[index] for row in rows.values()]
            drawn = axes.barh([i + offset for i in range(len(rows))], [v or 0.0 for v in values], 0.36, color=colour)
            drawn.set_label(label)
            texts = ["" if value is None else f"{value:.1f}" for value in values]
            axes.bar_label(drawn, labels=texts, padding=3, fontsize=9)
        axes.set_yticks(range(len(rows)), [name.replace("$", r"\$") for name in rows])
        axes.set_xlabel(what)
        axes.set_xlim(0, 1.18 * max([v for row in rows.values() for v in row if v] or [1.0]))
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        figure.legend(loc="outside upper right", ncols=2, frameon=False)
        return _svg(figure, title)


def steps_over_time(title: str, steps: Sequence[Mapping[str, Any]]) -> str:
    """Confusion mass above, KL below, over the optimizer steps."""
    with _figure(title, 3.6) as figure:
        upper, lower = figure.subplots(2, sharex=True)
        numbers = [row["step"] for row in steps]
        marker = "o" if len(steps) < 40 else None
        upper.plot(numbers, [100.0 * row["confusion_mass"] for row in steps], color=_AFTER, marker=marker, markersize=3)
        lower.plot(numbers, [row["kl"] for row in steps], color=_KL, marker=marker, markersize=3)
        upper.set_ylabel("confusion mass, %")
        lower.set_ylabel("KL, nats")
        lower.set_xlabel("step")
        lower.xaxis.get_major_locator().set_params(integer=True)
        for axes in (upper, lower):
            axes.set_ylim(bottom=0)
            axes.grid(axis="y", color="#e4e4e4")
        figure.align_ylabels()
        return _svg(figure, title)


def trajectory(title: str, steps: Sequence[Mapping[str, Any]]) -> str:
    """What the fall of the confusion costs: KL against confusion mass, a dot for each step."""
    with _figure(title, 3.6) as figure:
        axes = figure.subplots()
        kl, mass = [row["kl"] for row in steps], [100.0 * row["confusion_mass"] for row in steps]
        axes.plot(kl, mass, color="#c9c9c9", linewidth=1, zorder=1)
        axes.scatter(kl, mass, c=range(len(steps)), cmap="Blues", vmin=-len(steps), s=22, edgecolor=_AFTER, zorder=2)
        for i in sorted({0, len(steps) - 1}):
            axes.annotate(f"step {steps[i]['step']}", (kl[i], mass[i]), (6, 6), textcoords="offset points", fontsize=9)
        axes.set_xlabel("KL from the base model at trained points, nats")
        axes.set_ylabel("confusion mass, %")
        axes.set_ylim(bottom=0)
        axes.margins(x=0.16)
        axes.grid(color="#e4e4e4")
        return _svg(figure, title)


@contextmanager
def _figure(title: str, height: float) -> Iterator[Any]:
    """A figure under this module's style; `height` in inches."""
    import matplotlib
    from matplotlib.figure import Figure

    # The salt keeps ids of one page's figures apart, and reports of equal figures equal.
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": title}):
        yield Figure(figsize=(_WIDTH, height), layout="constrained")


def _svg(figure: Any, title: str) -> str:
    """The element alone: no prologue, no date, no links."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")), transparent=True)
    text = _GROUP_ID.sub("<g", out.getvalue())
    return text[text.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{escape(title)}"', 1)
