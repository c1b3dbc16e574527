"""`tlpo-guard events`: the confusion log."""

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tlpo_guard.cli.endpoint import AdminKey, Endpoint, chosen, connected
from tlpo_guard.cli.store import Store
from tlpo_guard.errors import ConfigurationError

if TYPE_CHECKING:
    from tlpo_guard.events.log import EventLog

__all__ = ["app"]

app = typer.Typer(help="Show, export and delete logged confusion points.", no_args_is_help=True)

Key = Annotated[
    str | None, typer.Option("--key", help="Only what this API key asked for, by its name; without it, all keys.")
]
DataDir = Annotated[Path, typer.Option("--data-dir", envvar="TLPO_GUARD_DATA_DIR", help="Where the log is.")]
_DATA = Path("data")
_CHUNK = 1_000


@contextmanager
def _log(
    context: typer.Context, data_dir: Path, store: str | None, endpoint: str | None, admin_key: str | None
) -> "Iterator[EventLog]":
    """The log in a store, or a running server's."""
    if url := chosen(context, endpoint):
        with connected(url, admin_key) as client:
            from tlpo_guard.events.remote import RemoteEventLog

            yield RemoteEventLog(client)
        return
    from tlpo_guard.events.opening import open_store
    from tlpo_guard.settings import store_location

    with closing(open_store(store_location(store, data_dir), create=False)) as opened:
        yield opened


@app.command("list")
def list_events(
    context: typer.Context,
    data_dir: DataDir = _DATA,
    store: Store = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
    key: Key = None,
    language: Annotated[str | None, typer.Option(help="Only this expected language.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
) -> None:
    """List the newest events."""
    from rich.table import Table

    from tlpo_guard.cli.tables import print_table

    table = Table("id", "time", "key", "language", "position", "token", "mass", "action", "adapter")
    with _log(context, data_dir, store, endpoint, admin_key) as log:
        for event in log.iter(key=key, language=language, limit=limit, newest_first=True):
            when, mass = f"{event.created_at:%Y-%m-%d %H:%M:%S}", f"{event.confusion_mass:.3f}"
            figures = (str(event.position), str(event.token_id), mass)
            table.add_row(event.id, when, event.key, event.language, *figures, event.action, event.adapter_version)
    print_table(table)


@app.command()
def show(
    context: typer.Context,
    event_id: Annotated[str, typer.Argument(metavar="ID")],
    data_dir: DataDir = _DATA,
    store: Store = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
) -> None:
    """Show one event as JSON."""
    with _log(context, data_dir, store, endpoint, admin_key) as log:
        typer.echo(json.dumps(log.get(event_id).to_json(), ensure_ascii=False, indent=2))


@app.command()
def stats(
    context: typer.Context,
    data_dir: DataDir = _DATA,
    store: Store = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
) -> None:
    """Count events by key, language, action and adapter version."""
    from rich.table import Table

    from tlpo_guard.cli.tables import print_table

    with _log(context, data_dir, store, endpoint, admin_key) as log:
        figures = log.stats()
    table = Table("what", "which", "events")
    table.add_row("all", "", str(figures.total))
    table.add_row("requests", "", str(figures.requests))
    table.add_row("mean confusion mass", "", f"{figures.mean_confusion_mass:.3f}")
    groups = {
        "key": figures.by_key,
        "language": figures.by_language,
        "action": figures.by_action,
        "adapter": figures.by_adapter,
    }
    for name, counts in groups.items():
        for which, count in counts.items():
            table.add_row(name, which, str(count))
    print_table(table)


@app.command()
def export(
    context: typer.Context,
    data_dir: DataDir = _DATA,
    store: Store = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
    key: Key = None,
    user: Annotated[str | None, typer.Option(help="Only what is held on this user, of all keys or of --key.")] = None,
    form: Annotated[Literal["jsonl", "parquet"], typer.Option("--format", help="jsonl or parquet.")] = "jsonl",
    output: Annotated[str, typer.Option(help="A file, or - for standard output.")] = "-",
) -> None:
    """Export all events or those of a key or user, oldest first; each names its key."""
    if form == "parquet" and output == "-":
        raise ConfigurationError("parquet needs a file; give one with --output FILE")
    with _log(context, data_dir, store, endpoint, admin_key) as log:
        rows = (event.to_json() for event in log.iter(key=key, user=user))
        first = list(islice(rows, 1))  # a server that refuses must not cost the file that is there
        try:
            _export(chain(first, rows), form, output)
        except OSError as exc:
            raise ConfigurationError(f"{output} cannot be written ({exc.strerror}); choose another --output") from exc


def _export(rows: Iterator[dict[str, Any]], form: str, output: str) -> None:
    if form == "parquet":
        _export_parquet(rows, output)
    elif output == "-":
        _export_jsonl(rows, sys.stdout)
    else:
        with Path(output).open("w", encoding="utf-8") as file:
            _export_jsonl(rows, file)


def _export_jsonl(rows: Iterator[dict[str, Any]], file: Any) -> None:
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _export_parquet(rows: Iterator[dict[str, Any]], output: str) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    writer = None
    while chunk := list(islice(rows, _CHUNK)):
        table = pa.Table.from_pylist(chunk, schema=_schema())
        writer = writer or parquet.ParquetWriter(output, table.schema)
        writer.write_table(table)
    if writer is None:
        parquet.write_table(pa.Table.from_pylist([], schema=_schema()), output)
    else:
        writer.close()


def _schema() -> Any:
    """Arrow types by the record's annotations, so that a chunk of nulls keeps its type."""
    import dataclasses

    import pyarrow as pa

    from tlpo_guard.events.record import Candidate, Event
    from tlpo_guard.guard.points import Action, Kind
    from tlpo_guard.languages.decided_by import DecidedBy

    candidate = pa.struct([("token_id", pa.int64()), ("logprob", pa.float64()), ("drifts", pa.bool_())])
    types: dict[Any, Any] = {int: pa.int64(), int | None: pa.int64(), float: pa.float64()}
    types |= dict.fromkeys((bool, bool | None), pa.bool_())
    types |= dict.fromkeys((str, str | None, datetime, Kind, Action, DecidedBy), pa.string())
    types |= {tuple[int, ...]: pa.list_(pa.int64()), tuple[Candidate, ...]: pa.list_(candidate)}
    return pa.schema([(field.name, types[field.type]) for field in dataclasses.fields(Event)])


@app.command()
def delete(
    context: typer.Context,
    data_dir: DataDir = _DATA,
    store: Store = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
    request: Annotated[str | None, typer.Option(help="Events of this request.")] = None,
    key: Key = None,
    user: Annotated[str | None, typer.Option(help="Events of this user, of all keys or of --key.")] = None,
    before: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Events before this day (UTC).")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete the events that fit all that is given: request, key, user, age."""
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigurationError("nobody is there to ask whether to delete; say --yes")
        url = chosen(context, endpoint)
        typer.confirm(f"Delete these events{f' of {url}' if url else ''} for good?", abort=True)
    until = None if before is None else before.replace(tzinfo=UTC)
    with _log(context, data_dir, store, endpoint, admin_key) as log:
        deleted = log.delete(request_id=request, key=key, user=user, before=until)
        left = _erased(log, data_dir) or deleted.left
    typer.echo(f"{deleted.count} events deleted")
    if any(deleted.by_key):
        of_keys = (f"{count} of {f'key {name}' if name else 'no key'}" for name, count in deleted.by_key.items())
        typer.echo(", ".join(of_keys))
    for where in left:
        typer.echo(f"their text can still be found {where}", err=True)


def _erased(log: "EventLog", data_dir: Path) -> tuple[str, ...]:
    """Where files still hold text of deleted events, and until when."""
    from tlpo_guard.events.copies import erase_everywhere
    from tlpo_guard.registry import open_registry
    from tlpo_guard.settings import load_settings

    return erase_everywhere(log, open_registry(load_settings().registry or data_dir / "adapters"), data_dir)


@app.command()
def compact(data_dir: DataDir = _DATA, store: Store = None) -> None:
    """Make the log's file anew, and erase what files still hold of deleted events; a server's events wait meanwhile."""
    from tlpo_guard.events.opening import open_store
    from tlpo_guard.settings import store_location

    with closing(open_store(store_location(store, data_dir), create=False)) as opened:
        opened.compact()
        left = _erased(opened, data_dir)
    for where in left:
        typer.echo(f"text of deleted events can still be found {where}", err=True)
    if left:
        raise typer.Exit(1)
