"""JSON lines from a file or standard input, with a progress bar on a terminal."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from tlpo_guard.errors import ConfigurationError

__all__ = ["json_object", "json_rows", "numbered_lines", "opened"]


@contextmanager
def opened(file: str) -> Iterator[IO[bytes]]:
    """A file of bytes, or standard input for `-`.

    Raises:
        ConfigurationError: the file cannot be opened.
    """
    if file == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            source = stack.enter_context(Path(file).open("rb"))
        except OSError as exc:
            raise ConfigurationError(f"{file} cannot be read ({exc.strerror}); name a file, or -") from exc
        yield source


def numbered_lines(
    source: Iterable[bytes], file: str, what: str, *, prints: bool = True
) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, numbered from 1.

    On a terminal a bar named `what` shows how much of the file is read, unless what is found is printed there (`prints`).

    Empty ones, which are no lines but pauses of a `lines_as_they_come`, are passed on with the number of the line before.
    """
    size = Path(file).stat().st_size if file != "-" else None
    number, with_bar = 0, sys.stderr.isatty() and not (prints and sys.stdout.isatty())
    for line in _with_progress(source, size, what) if with_bar else source:
        number += bool(line)
        if not line or line.strip():
            yield number, line


def json_rows(source: Iterable[bytes], file: str, what: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a file that holds nothing else, one a line, numbered from 1.

    Raises:
        ConfigurationError: names the first line that holds none.
    """
    for number, line in numbered_lines(source, file, what):
        try:
            yield number, json_object(line)
        except ValueError as exc:
            raise ConfigurationError(f"{file}, row {number}: {exc}") from exc


def _with_progress(source: Iterable[bytes], size: int | None, what: str) -> Iterator[bytes]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=size)
        for line in source:
            yield line
            progress.advance(task, len(line))


def json_object(line: bytes) -> dict[str, Any]:
    """The JSON object of a line.

    Raises:
        ValueError: the line holds none; the message says why.
    """
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        raise ValueError("not UTF-8") from exc
    except (json.JSONDecodeError, RecursionError) as exc:
        raise ValueError(f"not JSON ({exc})") from exc
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    return row
