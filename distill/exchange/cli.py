"""`tlpo-guard distill export` and `import`: logs of several sites joined."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from tlpo_guard.cli.output import Json, print_json
from tlpo_guard.cli.store import Store
from tlpo_guard.errors import ConfigurationError

__all__ = ["export", "import_"]

DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="TLPO_GUARD_DATA_DIR", help="Where events and adapters are kept.")
]
_DATA = Path("data")


def export(
    output: Annotated[Path, typer.Option(help="File for jsonl, new folder for datasets.")],
    data_dir: DataDir = _DATA,
    store: Store = None,
    form: Annotated[
        Literal["jsonl", "datasets"], typer.Option("--format", help="JSON lines, or a Hugging Face dataset.")
    ] = "jsonl",
    language: Annotated[str | None, typer.Option(help="Only this expected language.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only events from this day on (UTC).")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only events before this day (UTC).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the confusion log for another site to import. It holds what people wrote."""
    from contextlib import closing

    from distill.exchange.files import export_events
    from tlpo_guard.events.opening import open_store
    from tlpo_guard.settings import store_location

    with closing(open_store(store_location(store, data_dir), create=False)) as log:
        count = export_events(log, output, form, language=language, since=_utc(since), until=_utc(until))
    if as_json:
        print_json({"events": count, "output": str(output)})
    else:
        typer.echo(f"{count} events written to {output}")


def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What export wrote: a JSONL file or a dataset's folder.")
    ],
    data_dir: DataDir = _DATA,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Add the events of another site's log. Rows that are no events are left out and named."""
    from contextlib import closing

    from distill.exchange.files import import_events
    from tlpo_guard.events.opening import open_store
    from tlpo_guard.settings import store_location

    if not file.exists():
        raise ConfigurationError(f"there is no {file}; give a JSONL file or a dataset's folder")
    with closing(open_store(store_location(store, data_dir))) as log:
        imported = import_events(log, file)
    refused, lines_of = imported.refused, imported.lines
    if as_json:
        counts = {"added": imported.added, "repeated": imported.repeated}
        print_json(counts | {"refused": dict(refused), "lines": {reason: list(lines_of[reason]) for reason in refused}})
        return
    typer.echo(f"{imported.added} events added, {imported.repeated} were there already, {refused.total()} rows refused")
    for reason, count in refused.most_common():
        lines = ", ".join(map(str, lines_of[reason]))
        typer.echo(f"  {count} refused: {reason} (lines {lines}{', ...' if count > len(lines_of[reason]) else ''})")


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
