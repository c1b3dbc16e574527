"""`tlpo-guard distill`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tlpo_guard.errors import TlpoGuardError, TooFewEventsError

if TYPE_CHECKING:
    from distill.run import DistillConfig, DistillResult

__all__ = ["distill"]

GATE_NOT_PASSED = 3
TOO_FEW_EVENTS = 4


def distill(
    data_dir: Annotated[Path, typer.Option(help="Where events and adapters are kept.")] = Path("data"),
    model: Annotated[str | None, typer.Option(help="Model to train; by default the one named in the events.")] = None,
    min_events: Annotated[int, typer.Option(min=1, help="Fewer usable events than this train nothing.")] = 32,
    max_steps: Annotated[int, typer.Option(min=1, help="Optimizer steps.")] = 12,
    learning_rate: Annotated[float, typer.Option(min=0.0, help="Highest learning rate.")] = 1e-4,
    seed: Annotated[int, typer.Option(help="Of weights, order and evaluation.")] = 0,
    verbose: Annotated[bool, typer.Option(help="Show the log of the training.")] = False,
) -> None:
    """Teach the model what the guard corrected, as a LoRA adapter.

    Exit codes: 0 the new adapter is current, 3 the gate was not passed, 4 too few events, 1 another error.
    """
    from distill.run import DistillConfig

    config = DistillConfig(
        model=model, min_events=min_events, max_steps=max_steps, learning_rate=learning_rate, seed=seed
    )
    try:
        result = _with_progress(data_dir, config, verbose)
    except TlpoGuardError as exc:
        typer.echo(str(exc), err=True)
        raise typer.Exit(TOO_FEW_EVENTS if isinstance(exc, TooFewEventsError) else 1) from exc
    _show(result)
    if result.outcome == "gate_not_passed":
        raise typer.Exit(GATE_NOT_PASSED)


def _with_progress(data_dir: Path, config: "DistillConfig", verbose: bool) -> "DistillResult":
    from rich.console import Console
    from rich.progress import Progress
    from transformers.utils import logging as transformers_log

    from distill.run import run_distillation

    if verbose:
        transformers_log.set_verbosity_info()  # type: ignore[no-untyped-call]
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("load", total=None)

        def show(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total)

        return run_distillation(data_dir, config, show)


def _show(result: "DistillResult") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{result.version}: {result.outcome.replace('_', ' ')}")
    for column in ("figure", "before", "after", "limit", ""):
        table.add_column(column, justify="left" if column in ("figure", "") else "right")
    for check in result.decision.checks:
        figures = (f"{value:.4g}" for value in (check.before, check.after, check.limit))
        table.add_row(check.name, *figures, "ok" if check.ok else "not passed")
    Console().print(table)
