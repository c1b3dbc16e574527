"""`tlpo-guard keys`: the bearer keys of clients."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tlpo_guard.cli.output import Json, print_json

if TYPE_CHECKING:
    from tlpo_guard.keys import KeyEntry

__all__ = ["app"]

app = typer.Typer(help="Make, list and remove the keys of clients.", no_args_is_help=True)

File = Annotated[Path, typer.Option("--file", envvar="TLPO_GUARD_KEYS_FILE", help="The keys file.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Who gets the key: letters, digits, . _ -")]
_FILE = Path("data/keys.toml")


@app.command()
def add(
    name: Name,
    file: File = _FILE,
    languages: Annotated[str, typer.Option(help="Expected languages of requests that do not say, as in ko,vi.")] = "",
    guard_mode: Annotated[str | None, typer.Option(help="off, observe, mask or rewind.")] = None,
    allow_english: Annotated[
        bool | None,
        typer.Option("--allow-english/--strict", help="Whether English words in other scripts are neutral."),
    ] = None,
    may_pin: Annotated[bool, typer.Option("--may-pin", help="Requests may name an adapter version.")] = False,
    as_json: Json = False,
) -> None:
    """Make a key and show it this once; the file keeps only its hash."""
    import secrets

    from tlpo_guard.errors import ConfigurationError
    from tlpo_guard.keys import KeyEntry, key_hash
    from tlpo_guard.languages.tags import languages as parsed

    key = f"tg-{secrets.token_urlsafe(32)}"
    try:
        entry = KeyEntry(
            name=name,
            hash=key_hash(key),
            languages=list(parsed(languages)),
            guard_mode=guard_mode,  # type: ignore[arg-type]
            allow_english=allow_english,
            may_pin=may_pin,
        )
    except ValueError as exc:
        raise ConfigurationError(f"{name} cannot be added: {exc}") from exc
    with _changing(file) as entries:
        if any(known.name == name for known in entries):
            raise ConfigurationError(f"{file} has a key {name} already; remove it or take another name")
        entries.append(entry)
    if as_json:
        print_json({"name": name, "key": key})
    else:
        typer.echo(key)


@app.command("list")
def list_keys(file: File = _FILE, as_json: Json = False) -> None:
    """List the keys' names and policies."""
    from rich.table import Table

    from tlpo_guard.cli.tables import print_table
    from tlpo_guard.keys import read_entries

    if as_json:
        for entry in read_entries(file):
            print_json(entry.model_dump(mode="json", exclude={"hash"}))
        return
    table = Table("name", "languages", "mode", "English", "versions")
    for entry in read_entries(file):
        english = {None: "", True: "neutral", False: "strict"}[entry.allow_english]
        versions = "may pin" if entry.may_pin else ""
        table.add_row(entry.name, ",".join(entry.languages), entry.guard_mode or "", english, versions)
    print_table(table)


@app.command()
def remove(name: Name, file: File = _FILE, as_json: Json = False) -> None:
    """Remove a key; a running server forgets it when it is started again."""
    from tlpo_guard.errors import ConfigurationError

    with _changing(file) as entries:
        kept = [entry for entry in entries if entry.name != name]
        if len(kept) == len(entries):
            raise ConfigurationError(f"{file} has no key {name}; `tlpo-guard keys list` shows them")
        entries[:] = kept
    if as_json:
        print_json({"removed": name})
    else:
        typer.echo(f"removed {name}")


class _changing:
    """The entries of a file, written back whole when the block ends well; one change at a time."""

    def __init__(self, file: Path) -> None:
        from filelock import FileLock

        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = file
        self._lock = FileLock(f"{file}.lock")

    def __enter__(self) -> "list[KeyEntry]":
        from tlpo_guard.keys import read_entries

        self._lock.acquire()
        self._entries = read_entries(self._file) if self._file.exists() else []
        return self._entries

    def __exit__(self, kind: object, *_: object) -> None:
        import os
        import tempfile

        try:
            if kind is None:
                descriptor, temporary = tempfile.mkstemp(dir=self._file.parent)  # for its owner's eyes only
                with os.fdopen(descriptor, "w", encoding="utf-8") as out:
                    out.write("\n".join(map(_table, self._entries)))
                Path(temporary).replace(self._file)
        finally:
            self._lock.release()


def _table(entry: "KeyEntry") -> str:
    # JSON's strings, booleans and lists of strings are TOML's, too.
    values = entry.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return "\n".join(["[[keys]]", *(f"{name} = {json.dumps(value)}" for name, value in values.items()), ""])
