"""`tlpo-guard distill`, and the commands under it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from distill.exchange.cli import export, import_
from distill.outcome import Outcome
from distill.prompts.cli import prompts as build_prompts
from distill.schedule.cli import schedule
from tlpo_guard.cli.output import Json, print_json
from tlpo_guard.cli.store import Store
from tlpo_guard.errors import LeaseHeldError, TlpoGuardError, TooFewEventsError

if TYPE_CHECKING:
    from distill.config import DistillConfig
    from distill.run.distillation import DistillResult
    from distill.selection.selected import Selected

__all__ = ["app"]

app = typer.Typer(help="Teach the model what the guard corrected.", invoke_without_command=True)
app.command("export")(export)
app.command("import")(import_)
app.command("prompts")(build_prompts)
app.command("schedule")(schedule)

DataDir = Annotated[Path, typer.Option(envvar="TLPO_GUARD_DATA_DIR", help="Where events and adapters are kept.")]
Registry = Annotated[str | None, typer.Option(help="Folder or URL of the adapters; by default in --data-dir.")]
Model = Annotated[str | None, typer.Option(help="Model to train; by default the one named in the newest event.")]
FromBase = Annotated[
    bool | None,
    typer.Option("--from-base/--continue", help="Train a new adapter over all history, or the current one further."),
]
Recipe = Annotated[
    str | None, typer.Option(help="Settings that go together: default, or paper for those of the TLPO paper.")
]
Prompts = Annotated[Path | None, typer.Option(help="JSONL file of prompts to answer, in place of a log's.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only show which events would be used, and why not the others.")
]
MinEvents = Annotated[int | None, typer.Option(help="Train nothing if there are fewer usable events.")]
MaxPoints = Annotated[int | None, typer.Option(help="Most confusion points to train on.")]
Rollouts = Annotated[int | None, typer.Option(help="Fresh answers to each logged prompt in a step.")]
MaxSteps = Annotated[int | None, typer.Option(help="Number of optimizer steps.")]
PointsPerStep = Annotated[int | None, typer.Option(help="Confusion points in each optimizer step.")]
BatchSize = Annotated[int | None, typer.Option(help="Sequences held in memory at once.")]
LearningRate = Annotated[float | None, typer.Option(help="Highest learning rate.")]
Rank = Annotated[int | None, typer.Option(help="Rank of a new LoRA adapter.")]
Dora = Annotated[bool | None, typer.Option("--dora/--no-dora", help="Weight-decomposed LoRA.")]
RsLora = Annotated[bool | None, typer.Option("--rslora/--no-rslora", help="Rank-stabilised LoRA.")]
GradientCheckpointing = Annotated[
    bool | None,
    typer.Option("--gradient-checkpointing/--no-gradient-checkpointing", help="Use less memory and more time."),
]
Bf16 = Annotated[bool | None, typer.Option("--bf16/--no-bf16", help="Train in mixed precision.")]
ReportTo = Annotated[
    str | None, typer.Option(help="Where figures are logged: tensorboard, wandb, ... (names of transformers).")
]
Questions = Annotated[Path | None, typer.Option(help="JSONL file of multiple-choice questions for the gate.")]
TimeBudget = Annotated[float | None, typer.Option(help="End the training after so many minutes.")]
Seed = Annotated[int | None, typer.Option(help="Seed of weights, order and evaluation.")]
Verbose = Annotated[bool, typer.Option(help="Show the log of the training.")]


_SHOWN = 5  # checks of a gate that was passed: those that every run has
_SETTINGS = {  # of the configuration, by the name of the flag
    "registry": "registry",
    "model": "model",
    "recipe": "recipe",
    "prompts": "rollouts.file",
    "from_base": "from_base",
    "min_events": "selection.min_events",
    "max_points": "selection.max_points",
    "rollouts": "rollouts.per_prompt",
    "max_steps": "training.max_steps",
    "points_per_step": "training.points_per_step",
    "batch_size": "training.batch_size",
    "learning_rate": "training.learning_rate",
    "gradient_checkpointing": "training.gradient_checkpointing",
    "bf16": "training.bf16",
    "report_to": "training.report_to",
    "rank": "lora.rank",
    "dora": "lora.use_dora",
    "rslora": "lora.use_rslora",
    "questions": "evaluation.questions",
    "time_budget_minutes": "time_budget_minutes",
    "seed": "seed",
}


@app.callback()
def distill(
    context: typer.Context,
    data_dir: DataDir = Path("data"),
    store: Store = None,
    registry: Registry = None,
    model: Model = None,
    recipe: Recipe = None,
    prompts: Prompts = None,
    from_base: FromBase = None,
    dry_run: DryRun = False,
    min_events: MinEvents = None,
    max_points: MaxPoints = None,
    rollouts: Rollouts = None,
    max_steps: MaxSteps = None,
    points_per_step: PointsPerStep = None,
    batch_size: BatchSize = None,
    learning_rate: LearningRate = None,
    rank: Rank = None,
    dora: Dora = None,
    rslora: RsLora = None,
    gradient_checkpointing: GradientCheckpointing = None,
    bf16: Bf16 = None,
    report_to: ReportTo = None,
    questions: Questions = None,
    time_budget_minutes: TimeBudget = None,
    seed: Seed = None,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Teach the model what the guard corrected, as a LoRA adapter. Every setting is also a key of `[distill]` in
    tlpo-guard.toml.

    Exit codes: 0 the new adapter is current, 3 the gate was not passed, 4 too few events, 5 another run is under way, 1 another
    error.
    """
    given = dict(locals())
    if context.invoked_subcommand is not None:
        return
    settings = {setting: given[flag] for flag, setting in _SETTINGS.items()}
    outcome = _outcome(data_dir, store, settings, dry_run=dry_run, verbose=verbose, as_json=as_json)
    if outcome is not None and outcome.exit_code:
        raise typer.Exit(outcome.exit_code)


def _outcome(
    data_dir: Path, store: str | None, settings: dict[str, Any], *, dry_run: bool, verbose: bool, as_json: bool
) -> Outcome | None:
    """Carry out the command, and tell the user what came of it; None where nothing was to be trained here."""
    from distill.config import load_config

    try:
        config = load_config(settings)
        if dry_run:
            _preview(data_dir, store, config, as_json)
            return None
        result = _with_progress(data_dir, store, config, verbose)
    except TooFewEventsError as exc:
        typer.echo(f"error: {exc}{_other_source(config)}", err=True)
        return Outcome.TOO_FEW_EVENTS
    except TlpoGuardError as exc:
        typer.echo(f"error: {exc}", err=True)
        return Outcome.ANOTHER_RUNS if isinstance(exc, LeaseHeldError) else Outcome.FAILED
    if result is None:  # a process that works beside the first
        return None
    if as_json:
        print_json(
            {"version": result.version, "outcome": str(result.outcome), "pinned": result.pinned, **result.report}
        )
    else:
        _show(result, own_prompts=config.evaluation.prompts is not None)
    return result.outcome


def _other_source(config: "DistillConfig") -> str:
    """What the error of a log with too few events adds for those who meant to do without one."""
    without = config.recipe == "paper" and config.rollouts.file is None
    return "; --prompts FILE has the model answer prompts of yours in place of the log's" if without else ""


def _preview(data_dir: Path, store: str | None, config: "DistillConfig", as_json: bool) -> None:
    from distill.run.distillation import preview

    selected = preview(data_dir, config, store_url=store)
    if as_json:
        print_json(_selection(selected))
    else:
        _show_selection(selected)


def _selection(selected: "Selected") -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "events": selected.seen,
        "used": {name: sum(len(group.points) for group in groups) for name, groups in _sides(selected)},
        "by_language": dict(selected.by_language),
        "refused": dict(selected.dropped),
        "weighed_down": dict(selected.weighed),
        "capped": [asdict(cap) for cap in selected.capped],
    }


def _with_progress(data_dir: Path, store: str | None, config: "DistillConfig", verbose: bool) -> "DistillResult | None":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from distill.run.distillation import run_distillation

    if verbose:
        from transformers.utils import logging as transformers_log

        transformers_log.set_verbosity_info()  # type: ignore[no-untyped-call]
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    times = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, *times, console=Console(stderr=True)) as bar:
        task = bar.add_task("load", total=None)

        def show(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total)

        return run_distillation(data_dir, config, show, store_url=store)


def _show(result: "DistillResult", *, own_prompts: bool) -> None:
    """What failed, how much passed, and what that means."""
    from rich.table import Table

    from tlpo_guard.cli.tables import print_table

    table = Table(title=f"{result.version}: {result.outcome.replace('_', ' ')}")
    for column in ("figure", "before", "after", "limit", ""):
        table.add_column(column, justify="left" if column in ("figure", "") else "right")
    checks = result.report["gate"]["checks"]
    failed = [check for check in checks if not check["ok"]]
    for check in failed or checks[:_SHOWN]:
        name = check["name"] if own_prompts else check["name"].replace("own prompts", "built-in prompts")
        figures = (_figure(check[name]) for name in ("before", "after", "limit"))
        table.add_row(name, *figures, "ok" if check["ok"] else "not passed")
    print_table(table)
    _tell_rest(result, len(checks) - len(failed or checks[:_SHOWN]), bool(failed))
    if result.pinned is not None:
        typer.echo(f"{result.pinned} is pinned; servers stay with it until `tlpo-guard adapters unpin`", err=True)


def _tell_rest(result: "DistillResult", passed: int, refused: bool) -> None:
    if passed:
        typer.echo(f"{passed} other checks passed")
    if refused:
        typer.echo(f"{result.current} stays; {result.version} is kept, and is served only if you promote it")
    shown = result.page if result.page.is_file() else f"`tlpo-guard adapters show {result.version}`"
    typer.echo(f"report: {shown}")


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
    for reason, count in selected.weighed.items():
        table.add_row("used, weighed down", reason, str(count))
    for cap in selected.capped:
        table.add_row("capped", f"{cap.reason}: {cap.which}", str(cap.left_out))
    print_table(table)


def _sides(selected: "Selected") -> list[tuple[str, Any]]:
    return [("training", selected.train), ("held out", selected.held_out)]
