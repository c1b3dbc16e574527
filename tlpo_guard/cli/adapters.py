"""`tlpo-guard adapters`: the registry."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tlpo_guard.cli.endpoint import AdminKey, Endpoint, chosen, connected
from tlpo_guard.cli.output import Json, print_json
from tlpo_guard.errors import ConfigurationError, RegistryError

if TYPE_CHECKING:
    from tlpo_guard.registry import AdapterRegistry, AdapterVersion, Pointers, StoredRegistry

__all__ = ["app"]

app = typer.Typer(help="Adapter versions: show, promote, try out, roll back, pin, prune, merge.", no_args_is_help=True)

DataDir = Annotated[Path, typer.Option("--data-dir", envvar="TLPO_GUARD_DATA_DIR", help="Where the registry is.")]
Registry = Annotated[
    str | None,
    typer.Option(
        "--registry", envvar="TLPO_GUARD_REGISTRY", metavar="URL", help="The registry, where it is not in --data-dir."
    ),
]
Version = Annotated[str, typer.Argument(metavar="V", help="A version such as v0001.")]
_DATA = Path("data")


@contextmanager
def _local(data_dir: Path, url: str | None) -> "Iterator[StoredRegistry]":
    """The registry in a folder or at a URL."""
    from tlpo_guard.registry import open_registry

    registry = open_registry(url or data_dir / "adapters")
    try:
        yield registry
    except OSError as exc:
        where = exc.filename or registry.label
        raise RegistryError(f"{where} cannot be read or written ({exc.strerror}); check its rights and space") from exc


@contextmanager
def _registry(
    context: typer.Context, data_dir: Path, url: str | None, endpoint: str | None, admin_key: str | None
) -> "Iterator[AdapterRegistry]":
    """The registry in a folder or at a URL, or a running server's; what was typed wins over the environment."""
    server = chosen(context, endpoint)
    if server is None:
        with _local(data_dir, url) as registry:
            yield registry
    else:
        with connected(server, admin_key) as client:
            from tlpo_guard.registry.remote import RemoteRegistry

            yield RemoteRegistry(client)


@app.command("list")
def list_versions(
    context: typer.Context,
    data_dir: DataDir = _DATA,
    registry: Registry = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
    as_json: Json = False,
) -> None:
    """List all versions; the current one is marked."""
    from rich.table import Table

    from tlpo_guard.cli.tables import print_table

    with _registry(context, data_dir, registry, endpoint, admin_key) as opened:
        pointers, versions = opened.pointers(), opened.list()
    if as_json:
        for name, gate, lineage in [("base", None, {}), *((v.name, _gate(v), v.lineage) for v in versions)]:
            print_json({"version": name, "current": _mark(name, pointers) or None, "gate": gate, "lineage": lineage})
        return
    table = Table("version", "current", "gate", "parent", "events", "created")
    table.add_row("base", _mark("base", pointers), "", "", "", "")
    for version in versions:
        figures = [str(version.lineage.get(key, "")) for key in ("parent", "events", "created_at")]
        gate = _gate(version)
        table.add_row(version.name, _mark(version.name, pointers), gate, *figures)
    print_table(table)


def _gate(version: "AdapterVersion") -> str:
    return "damaged" if version.damage else "passed" if version.passed else "failed"


def _mark(name: str, pointers: "Pointers") -> str:
    if pointers.canary is not None and name == pointers.canary.version:
        return f"canary {pointers.canary.share}%"
    if name == pointers.pinned:
        return "* pinned"
    if name == pointers.promoted:
        return "*" if pointers.pinned is None else "promoted"
    return ""


@app.command()
def show(
    context: typer.Context,
    version: Version,
    data_dir: DataDir = _DATA,
    registry: Registry = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
    as_json: Json = False,
) -> None:
    """Show a version's lineage and report as JSON; `base` has neither."""
    with _registry(context, data_dir, registry, endpoint, admin_key) as versions:
        if version == "base":
            base = {"lineage": None, "report": None, "current": versions.current() == "base"}
            print_json(base, indent=2)
            return
        shown = versions.get(version)
    print_json({"lineage": shown.lineage, "report": shown.report}, indent=2)


@app.command()
def promote(
    context: typer.Context,
    version: Version,
    data_dir: DataDir = _DATA,
    registry: Registry = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
    as_json: Json = False,
) -> None:
    """Make a version the one that servers swap to; `base` for the bare model."""
    with _registry(context, data_dir, registry, endpoint, admin_key) as versions:
        versions.promote(version)
        _warn_of_gate(versions, version)
        _tell(versions.pointers(), as_json)


@app.command()
def rollback(
    context: typer.Context,
    data_dir: DataDir = _DATA,
    registry: Registry = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
    as_json: Json = False,
) -> None:
    """Go back to the version that was promoted before."""
    with _registry(context, data_dir, registry, endpoint, admin_key) as versions:
        before = versions.pointers().promoted
        if versions.rollback() == before:
            typer.echo(f"nothing to go back to: no other version was promoted before; {before} stays", err=True)
        _tell(versions.pointers(), as_json)


@app.command()
def pin(
    context: typer.Context,
    version: Version,
    data_dir: DataDir = _DATA,
    registry: Registry = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
    as_json: Json = False,
) -> None:
    """Serve a version, or `base`, whatever is promoted meanwhile."""
    with _registry(context, data_dir, registry, endpoint, admin_key) as versions:
        versions.pin(version)
        _warn_of_gate(versions, version)
        if as_json:
            _tell(versions.pointers(), as_json)
            return
    typer.echo(f"current version: {version}, pinned until `tlpo-guard adapters unpin`")


@app.command()
def unpin(
    context: typer.Context,
    data_dir: DataDir = _DATA,
    registry: Registry = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
    as_json: Json = False,
) -> None:
    """Serve the promoted version again."""
    with _registry(context, data_dir, registry, endpoint, admin_key) as versions:
        current = versions.unpin()
        if as_json:
            _tell(versions.pointers(), as_json)
        else:
            typer.echo(f"current version: {current}")


@app.command()
def canary(
    context: typer.Context,
    version: Annotated[str | None, typer.Argument(metavar="[V]", help="A version such as v0001.")] = None,
    share: Annotated[int, typer.Option("--share", metavar="PERCENT", help="Of the minutes, 1 to 50.")] = 10,
    stop: Annotated[bool, typer.Option("--stop", help="Serve the current version all the time again.")] = False,
    data_dir: DataDir = _DATA,
    registry: Registry = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
    as_json: Json = False,
) -> None:
    """Try a version out: serve it for a share of the minutes beside the current one."""
    if stop == (version is not None):
        raise ConfigurationError("name the version to try out, or stop the canary with --stop")
    with _registry(context, data_dir, registry, endpoint, admin_key) as versions:
        if version is None:
            versions.stop_canary()
        else:
            versions.start_canary(version, share)
        _tell(versions.pointers(), as_json)


@app.command()
def prune(
    keep: Annotated[int, typer.Option("--keep", metavar="N", help="Newest versions, and rollbacks, to keep.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    data_dir: DataDir = _DATA,
    registry: Registry = None,
    as_json: Json = False,
) -> None:
    """Delete old versions that nothing current, pinned or rolled back to is or comes from."""
    with _local(data_dir, registry) as versions:
        gone = versions.prune(keep, dry_run=dry_run)
    if as_json:
        print_json({"deleted": list(gone), "dry_run": dry_run})
        return
    done = "would be deleted" if dry_run else "deleted"
    typer.echo(f"{done}: {', '.join(gone)}" if gone else "nothing to delete")


@app.command()
def merge(
    version: Version,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="New or empty folder for the model.")],
    model: Annotated[
        str | None, typer.Option("--model", help="The base it was made for; by default the one in its lineage.")
    ] = None,
    data_dir: DataDir = _DATA,
    registry: Registry = None,
    as_json: Json = False,
) -> None:
    """Write a version as a full model, for `tlpo-guard serve --model DIR` or any other program."""
    with _local(data_dir, registry) as versions:
        from tlpo_guard.registry.full_model import write_merged

        write_merged(versions, version, out, model=model, cache_dir=data_dir / "cache")
    if as_json:
        print_json({"version": version, "folder": str(out)})
    else:
        typer.echo(f"{version} merged into {out}")


def _warn_of_gate(versions: "AdapterRegistry", name: str) -> None:
    if name != "base" and versions.get(name).refused:
        told = f"warning: the gate refused {name}, and you chose it all the same; see `tlpo-guard adapters show {name}`"
        typer.echo(told, err=True)


def _tell(pointers: "Pointers", as_json: bool) -> None:
    if as_json:
        tried = pointers.canary and {"version": pointers.canary.version, "share": pointers.canary.share}
        print_json(
            {"current": pointers.current, "promoted": pointers.promoted, "pinned": pointers.pinned, "canary": tried}
        )
        return
    if pointers.canary is not None:
        typer.echo(f"canary: {pointers.canary.version}, in {pointers.canary.share}% of the minutes")
    if pointers.pinned is None:
        typer.echo(f"current version: {pointers.promoted}")
        return
    stays = f"{pointers.pinned} is pinned and stays the current version until `tlpo-guard adapters unpin`"
    typer.echo(f"promoted version: {pointers.promoted}; {stays}")
