"""`tlpo-guard adapters`: the registry."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tlpo_guard.registry import AdapterRegistry

__all__ = ["app"]

app = typer.Typer(help="Show, promote and roll back adapter versions.", no_args_is_help=True)

DataDir = Annotated[Path, typer.Option("--data-dir", envvar="TLPO_GUARD_DATA_DIR", help="Where the registry is.")]
Version = Annotated[str, typer.Argument(metavar="V", help="A version such as v0001.")]
_DATA = Path("data")


def _registry(data_dir: Path) -> "AdapterRegistry":
    from tlpo_guard.registry import AdapterRegistry

    return AdapterRegistry(data_dir / "adapters")


@app.command("list")
def list_versions(data_dir: DataDir = _DATA) -> None:
    """List all versions; the current one is marked."""
    from rich.table import Table

    from tlpo_guard.cli.tables import print_table

    registry = _registry(data_dir)
    current = registry.current()
    table = Table("version", "current", "gate", "parent", "events", "created")
    table.add_row("base", "*" if current == "base" else "", "", "", "", "")
    for version in registry.list():
        lineage = version.lineage
        figures = [str(lineage.get(key, "")) for key in ("parent", "events", "created_at")]
        gate = "damaged" if version.damage else "passed" if version.passed else "failed"
        table.add_row(version.name, "*" if version.name == current else "", gate, *figures)
    print_table(table)


@app.command()
def show(version: Version, data_dir: DataDir = _DATA) -> None:
    """Show a version's lineage and report as JSON; `base` has neither."""
    registry = _registry(data_dir)
    if version == "base":
        typer.echo(json.dumps({"lineage": None, "report": None, "current": registry.current() == "base"}, indent=2))
        return
    found = registry.get(version)
    typer.echo(json.dumps({"lineage": found.lineage, "report": found.report}, ensure_ascii=False, indent=2))


@app.command()
def promote(version: Version, data_dir: DataDir = _DATA) -> None:
    """Make a version the one that servers swap to; `base` for the bare model."""
    _registry(data_dir).promote(version)
    typer.echo(f"current version: {version}")


@app.command()
def rollback(data_dir: DataDir = _DATA) -> None:
    """Go back to the version that was current before."""
    typer.echo(f"current version: {_registry(data_dir).rollback()}")
