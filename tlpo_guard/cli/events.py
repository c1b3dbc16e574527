"""`tlpo-guard events`: the confusion log."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tlpo_guard.cli.endpoint import AdminKey, Endpoint, chosen, connected
from tlpo_guard.cli.event_files import write_events
from tlpo_guard.cli.output import Json, for_people, print_json
from tlpo_guard.cli.store import Store
from tlpo_guard.errors import ConfigurationError

if TYPE_CHECKING:
    from tlpo_guard.events.log import EventLog
    from tlpo_guard.events.record import Event

__all__ = ["app"]

app = typer.Typer(help="Show, export and delete logged confusion points.", no_args_is_help=True)

Key = Annotated[
    str | None, typer.Option("--key", help="Only what this API key asked for, by its name; without it, all keys.")
]
DataDir = Annotated[Path, typer.Option("--data-dir", envvar="TLPO_GUARD_DATA_DIR", help="Where the log is.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", envvar="TLPO_GUARD_MODEL", help="Whose tokenizer spells the tokens; default: each event's."
    ),
]
_DATA = Path("data")


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
    model: Model = None,
    as_json: Json = False,
) -> None:
    """List the newest events: the answer's last words, the drifting token, what was taken instead."""
    with _log(context, data_dir, store, endpoint, admin_key) as log:
        found = log.iter(key=key, language=language, limit=limit, newest_first=True)
        if as_json:
            for event in found:
                print_json(event.to_json())
        elif for_people(as_json):
            _print_lines(found, model, data_dir)
        else:
            _print_table(found, model, data_dir)


def _print_lines(found: "Iterator[Event]", model: str | None, data_dir: Path) -> None:
    """Two lines an event, which fit an ordinary terminal."""
    from rich.console import Console
    from rich.text import Text

    from tlpo_guard.cli.event_text import event_line, shown_by

    console, shown = Console(markup=False, emoji=False, highlight=False), shown_by(model, data_dir)
    for event in found:
        by = f" key {event.key}" if event.key else ""
        about = f"{event.created_at:%m-%d %H:%M} {event.language} {event.action} mass {event.confusion_mass:.2f}"
        console.print(Text(f"{event.id} {about} {event.adapter_version}{by}", "dim"))
        console.print(Text("  ").append_text(event_line(event, shown(event))))


def _print_table(found: "Iterator[Event]", model: str | None, data_dir: Path) -> None:
    from rich.table import Table

    from tlpo_guard.cli.event_text import event_line, shown_by
    from tlpo_guard.cli.tables import print_table

    shown = shown_by(model, data_dir)
    table = Table("id", "time", "key", "language", "position", "mass", "action", "adapter", "text")
    for event in found:
        when, figures = f"{event.created_at:%Y-%m-%d %H:%M:%S}", (str(event.position), f"{event.confusion_mass:.3f}")
        about = (event.id, when, event.key, event.language, *figures, event.action, event.adapter_version)
        table.add_row(*about, event_line(event, shown(event)))
    print_table(table)


@app.command()
def show(
    context: typer.Context,
    event_id: Annotated[str, typer.Argument(metavar="ID")],
    data_dir: DataDir = _DATA,
    store: Store = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Show one event: on a terminal its tokens and candidates, else every field as JSON."""
    with _log(context, data_dir, store, endpoint, admin_key) as log:
        event = log.get(event_id)
    if not for_people(as_json):
        print_json(event.to_json(), indent=2)
        return
    from tlpo_guard.cli.event_text import print_event, shown_by

    print_event(event, shown_by(model, data_dir)(event))


@app.command()
def stats(
    context: typer.Context,
    data_dir: DataDir = _DATA,
    store: Store = None,
    endpoint: Endpoint = None,
    admin_key: AdminKey = None,
    as_json: Json = False,
) -> None:
    """Count events by key, language, action and adapter version."""
    from dataclasses import asdict

    from rich.table import Table

    from tlpo_guard.cli.tables import print_table

    with _log(context, data_dir, store, endpoint, admin_key) as log:
        figures = log.stats()
    if as_json:
        print_json(asdict(figures))
        return
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
            write_events(chain(first, rows), form, output)
        except OSError as exc:
            raise ConfigurationError(f"{output} cannot be written ({exc.strerror}); choose another --output") from exc


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
    as_json: Json = False,
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
    if as_json:
        print_json({"deleted": deleted.count, "by_key": deleted.by_key, "left": list(left)})
        return
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
def compact(data_dir: DataDir = _DATA, store: Store = None, as_json: Json = False) -> None:
    """Make the log's file anew, and erase what files still hold of deleted events; a server's events wait meanwhile."""
    from tlpo_guard.events.opening import open_store
    from tlpo_guard.settings import store_location

    with closing(open_store(store_location(store, data_dir), create=False)) as opened:
        opened.compact()
        left = _erased(opened, data_dir)
    if as_json:
        print_json({"left": list(left)})
    for where in () if as_json else left:
        typer.echo(f"text of deleted events can still be found {where}", err=True)
    if left:
        raise typer.Exit(1)
