"""`tlpo-guard distill`, and the commands under it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from distill.exchange.cli import export, import_
from distill.schedule.cli import schedule
from tlpo_guard.errors import LeaseHeldError, TlpoGuardError, TooFewEventsError

if TYPE_CHECKING:
    from distill.config import DistillConfig
    from distill.run.run import DistillResult
    from distill.selection import Selected

__all__ = ["app"]

GATE_NOT_PASSED = 3
TOO_FEW_EVENTS = 4
ANOTHER_RUNS = 5

app = typer.Typer(help="Teach the model what the guard corrected.", invoke_without_command=True)
app.command("export")(export)
app.command("import")(import_)
app.command("schedule")(schedule)


@app.callback()
def distill(
    context: typer.Context,
    data_dir: Annotated[
        Path, typer.Option(envvar="TLPO_GUARD_DATA_DIR", help="Where events and adapters are kept.")
    ] = Path("data"),
    registry: Annotated[
        str | None, typer.Option(help="Folder or URL of the adapters; by default in --data-dir.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model to train; by default the one named in the events.")] = None,
    from_base: Annotated[
        bool | None, typer.Option("--from-base/--continue", help="A new adapter over all history, or the current one.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be used, and why not the rest.")
    ] = False,
    min_events: Annotated[int | None, typer.Option(help="Fewer usable events than this train nothing.")] = None,
    max_points: Annotated[int | None, typer.Option(help="Most confusion points to train on.")] = None,
    rollouts: Annotated[int | None, typer.Option(help="Fresh answers to each logged prompt in a step.")] = None,
    max_steps: Annotated[int | None, typer.Option(help="Optimizer steps.")] = None,
    points_per_step: Annotated[int | None, typer.Option(help="Confusion points of an optimizer step.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Sequences held in memory at once.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Highest learning rate.")] = None,
    rank: Annotated[int | None, typer.Option(help="Of a new LoRA adapter.")] = None,
    dora: Annotated[bool | None, typer.Option("--dora/--no-dora", help="Weight-decomposed LoRA.")] = None,
    rslora: Annotated[bool | None, typer.Option("--rslora/--no-rslora", help="Rank-stabilised LoRA.")] = None,
    gradient_checkpointing: Annotated[
        bool | None,
        typer.Option("--gradient-checkpointing/--no-gradient-checkpointing", help="Less memory, more time."),
    ] = None,
    bf16: Annotated[bool | None, typer.Option("--bf16/--no-bf16", help="Mixed precision.")] = None,
    report_to: Annotated[str | None, typer.Option(help="tensorboard, wandb, ... as transformers knows them.")] = None,
    questions: Annotated[Path | None, typer.Option(help="JSONL of multiple-choice questions for the gate.")] = None,
    time_budget_minutes: Annotated[float | None, typer.Option(help="Training ends after so many minutes.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights, order and evaluation.")] = None,
    verbose: Annotated[bool, typer.Option(help="Show the log of the training.")] = False,
) -> None:
    """Teach the model what the guard corrected, as a LoRA adapter. Every setting is also a key of `[distill]` in
    tlpo-guard.toml.

    Exit codes: 0 the new adapter is current, 3 the gate was not passed, 4 too few events, 5 another run is under way, 1 another
    error.
    """
    if context.invoked_subcommand is not None:
        return
    from distill.config import load_config

    flags = {
        "registry": registry,
        "model": model,
        "from_base": from_base,
        "selection.min_events": min_events,
        "selection.max_points": max_points,
        "rollouts.per_prompt": rollouts,
        "training.max_steps": max_steps,
        "training.points_per_step": points_per_step,
        "training.batch_size": batch_size,
        "training.learning_rate": learning_rate,
        "training.gradient_checkpointing": gradient_checkpointing,
        "training.bf16": bf16,
        "training.report_to": report_to,
        "lora.rank": rank,
        "lora.use_dora": dora,
        "lora.use_rslora": rslora,
        "evaluation.questions": questions,
        "time_budget_minutes": time_budget_minutes,
        "seed": seed,
    }
    try:
        _carry_out(data_dir, load_config(flags), dry_run, verbose)
    except (TooFewEventsError, LeaseHeldError) as exc:
        typer.echo(f"error: {exc}", err=True)
        raise typer.Exit(TOO_FEW_EVENTS if isinstance(exc, TooFewEventsError) else ANOTHER_RUNS) from exc
    except TlpoGuardError as exc:
        typer.echo(f"error: {exc}", err=True)
        raise typer.Exit(1) from exc


def _carry_out(data_dir: Path, config: "DistillConfig", dry_run: bool, verbose: bool) -> None:
    if dry_run:
        from distill.run.run import preview

        _show_selection(preview(data_dir, config))
        return
    result = _with_progress(data_dir, config, verbose)
    if result is None:  # a process that only trains beside the first
        return
    _show(result)
    if result.outcome == "gate_not_passed":
        raise typer.Exit(GATE_NOT_PASSED)


def _with_progress(data_dir: Path, config: "DistillConfig", verbose: bool) -> "DistillResult | None":
    from rich.console import Console
    from rich.progress import Progress
    from transformers.utils import logging as transformers_log

    from distill.run.run import run_distillation

    if verbose:
        transformers_log.set_verbosity_info()  # type: ignore[no-untyped-call]
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("load", total=None)

        def show(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total)

        return run_distillation(data_dir, config, show)


def _show(result: "DistillResult") -> None:
    from rich.table import Table

    from tlpo_guard.cli.tables import print_table

    table = Table(title=f"{result.version}: {result.outcome.replace('_', ' ')}")
    for column in ("figure", "before", "after", "limit", ""):
        table.add_column(column, justify="left" if column in ("figure", "") else "right")
    for check in result.report["gate"]["checks"]:
        figures = (_figure(check[name]) for name in ("before", "after", "limit"))
        table.add_row(check["name"], *figures, "ok" if check["ok"] else "not passed")
    print_table(table)
    if result.pinned is not None:
        typer.echo(f"{result.pinned} is pinned and stays served until `tlpo-guard adapters unpin`", err=True)


def _figure(value: Any) -> str:
    return "" if value is None else f"{value:.4g}"


def _show_selection(selected: "Selected") -> None:
    from rich.table import Table

    from tlpo_guard.cli.tables import print_table

    points = {name: sum(len(g.points) for g in groups) for name, groups in _sides(selected)}
    table = Table("what", "which", "events")
    table.add_row("events looked at", "", str(selected.seen))
    for name, count in points.items():
        table.add_row("used", name, str(count))
    for language, count in selected.by_language.items():
        table.add_row("used, by language", language, str(count))
    for reason, count in selected.dropped.items():
        table.add_row("refused", reason, str(count))
    for cap in selected.capped:
        table.add_row("capped", f"{cap.reason}: {cap.which}", str(cap.left_out))
    print_table(table)


def _sides(selected: "Selected") -> list[tuple[str, Any]]:
    return [("training", selected.train), ("held out", selected.held_out)]
