"""`tlpo-guard intent`: the expected language of conversations in a file."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from tlpo_guard.errors import ConfigurationError

if TYPE_CHECKING:
    from tlpo_guard.intent import Message

__all__ = ["intent"]


def intent(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON lines, or - for standard input.")],
) -> None:
    """Tell the expected language of conversations: JSON lines in (`messages` or `prompt`), JSON lines out."""
    decided: Counter[str] = Counter()
    bad = 0
    with _opened(file) as source:
        for number, line in _progress(source, file):
            if not line.strip():
                continue
            try:
                answer = _answer(line)
            except ValueError as exc:
                bad += 1
                typer.echo(f"error: line {number}: {exc}", err=True)
                continue
            decided[answer["decided_by"]] += 1
            typer.echo(json.dumps(answer, ensure_ascii=False))
    ways = ", ".join(f"{way} {count}" for way, count in decided.most_common())
    typer.echo(f"{decided.total()} conversations" + (f": {ways}" if ways else ""), err=True)
    if bad:
        typer.echo(f"error: {bad} of the lines cannot be read", err=True)
        raise typer.Exit(1)


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    if file == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            source = stack.enter_context(Path(file).open("rb"))
        except OSError as exc:
            message = f"{file} cannot be read ({exc.strerror}); name a file of JSON lines, or -"
            raise ConfigurationError(message) from exc
        yield source


def _progress(source: IO[bytes], file: str) -> Iterator[tuple[int, bytes]]:
    """Numbered lines, with a bar on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    console = Console(stderr=True)
    size = Path(file).stat().st_size if file != "-" else None
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("conversations", total=size)
        for number, line in enumerate(source, 1):
            yield number, line
            progress.advance(task, len(line))


def _answer(line: bytes) -> dict[str, Any]:
    """The decision on one line.

    Raises:
        ValueError: a line that holds no conversation; says why.
    """
    from tlpo_guard.intent import expected_language

    row = _row(line)
    found = expected_language((), (), _messages(row))
    answer = {
        "language": ",".join(found.languages) or None,
        "decided_by": found.decided_by,
        "confidence": round(found.confidence, 4),
    }
    return {"id": row["id"], **answer} if "id" in row else answer


def _row(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        raise ValueError("not UTF-8") from exc
    except (json.JSONDecodeError, RecursionError) as exc:
        raise ValueError(f"not JSON ({exc})") from exc
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    if ("messages" in row) == ("prompt" in row):
        raise ValueError("an object needs either `messages` or `prompt`")
    return row


def _messages(row: dict[str, Any]) -> "list[Message]":
    from tlpo_guard.intent import Message, message_of

    if "prompt" in row:
        if not isinstance(row["prompt"], str):
            raise ValueError("`prompt` is not a string")
        return [Message("user", row["prompt"])]
    messages = row["messages"]
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise ValueError("`messages` is not a list of objects")
    return [message_of(message) for message in messages]
