"""`tlpo-guard adapters`: the registry."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tlpo_guard.cli.endpoint import AdminKey, Endpoint, chosen, connected

if TYPE_CHECKING:
    from tlpo_guard.registry import AdapterRegistry
    from tlpo_guard.remote import RemoteRegistry

__all__ = ["app"]

app = typer.Typer(help="Show, promote and roll back adapter versions.", no_args_is_help=True)

DataDir = Annotated[Path, typer.Option("--data-dir", envvar="TLPO_GUARD_DATA_DIR", help="Where the registry is.")]
Version = Annotated[str, typer.Argument(metavar="V", help="A version such as v0001.")]
_DATA = Path("data")


@contextmanager
def _registry(
    context: typer.Context, data_dir: Path, endpoint: str | None, admin_key: str | None
) -> "Iterator[AdapterRegistry | RemoteRegistry]":
    """The registry in a folder, or a running server's."""
    if url := chosen(context, endpoint):
        with connected(url, admin_key) as server:
            yield server.adapters
        return
    from tlpo_guard.registry import AdapterRegistry

    yield AdapterRegistry(data_dir / "adapters")


@app.command("list")
def list_versions(
    context: typer.Context, data_dir: DataDir = _DATA, endpoint: Endpoint = None, admin_key: AdminKey = None
) -> None:
    """List all versions; the current one is marked."""
    from rich.table import Table

    from tlpo_guard.cli.tables import print_table

    with _registry(context, data_dir, endpoint, admin_key) as registry:
        current, versions = registry.current(), registry.list()
    table = Table("version", "current", "gate", "parent", "events", "created")
    table.add_row("base", "*" if current == "base" else "", "", "", "", "")
    for version in versions:
        lineage = version.lineage
        figures = [str(lineage.get(key, "")) for key in ("parent", "events", "created_at")]
        gate = "damaged" if version.damage else "passed" if version.passed else "failed"
        table.add_row(version.name, "*" if version.name == current else "", gate, *figures)
    print_table(table)


@app.command()
def show(
    context: typer.Context,
    version: Version,
    data_dir: DataDir = _DATA,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
) -> None:
    """Show a version's lineage and report as JSON; `base` has neither."""
    with _registry(context, data_dir, endpoint, admin_key) as registry:
        if version == "base":
            base = {"lineage": None, "report": None, "current": registry.current() == "base"}
            typer.echo(json.dumps(base, indent=2))
            return
        found = registry.get(version)
    typer.echo(json.dumps({"lineage": found.lineage, "report": found.report}, ensure_ascii=False, indent=2))


@app.command()
def promote(
    context: typer.Context,
    version: Version,
    data_dir: DataDir = _DATA,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
) -> None:
    """Make a version the one that servers swap to; `base` for the bare model."""
    with _registry(context, data_dir, endpoint, admin_key) as registry:
        registry.promote(version)
    typer.echo(f"current version: {version}")


@app.command()
def rollback(
    context: typer.Context, data_dir: DataDir = _DATA, endpoint: Endpoint = None, admin_key: AdminKey = None
) -> None:
    """Go back to the version that was current before."""
    with _registry(context, data_dir, endpoint, admin_key) as registry:
        typer.echo(f"current version: {registry.rollback()}")
