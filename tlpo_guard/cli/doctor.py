"""`tlpo-guard doctor`."""

from pathlib import Path
from typing import Annotated

import typer

from tlpo_guard.cli.output import Json, print_json
from tlpo_guard.engine_checks import EngineName

__all__ = ["doctor"]

_MARKS = {True: "ok", False: "FAIL", None: "-"}


def doctor(
    model: Annotated[str | None, typer.Option(help="Model folder, GGUF file, hub name or smollm2.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where events, adapters and caches are kept.")] = None,
    store: Annotated[str | None, typer.Option(help="URL of the confusion log; by default in --data-dir.")] = None,
    engine: Annotated[
        EngineName | None, typer.Option(help="Check whether the guard will run in an engine, and nothing else.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the installation, and say what to do where something is missing."""
    from tlpo_guard.doctor import run_checks
    from tlpo_guard.settings import load_settings

    failed = 0
    for check in run_checks(load_settings(model=model, data_dir=data_dir, store=store), engine):
        if as_json:
            print_json({"name": check.name, "ok": check.ok, "detail": check.detail})
        else:
            typer.echo(f"{_MARKS[check.ok]:<5}{check.name:<10}{check.detail}")
        failed += check.ok is False
    if failed:
        typer.echo(f"error: {failed} of the checks failed", err=True)
        raise typer.Exit(1)
