"""`tlpo-guard scan`: how much of what a model answered is in the wrong language."""

import json
from collections import Counter, deque
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from tlpo_guard.cli.json_lines import json_object, numbered_lines, opened
from tlpo_guard.cli.slow_input import lines_as_they_come

if TYPE_CHECKING:
    from tlpo_guard.scan import Answer, Scanned, Scanner

__all__ = ["scan"]

_DRIFT, _UNREADABLE = 1, 2  # exit codes


def scan(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON lines, or - for standard input.")],
    language: Annotated[
        str,
        typer.Option(
            help="Expected languages, such as ko or en,hi. Default: those that each record names, else what its prompt asks for."
        ),
    ] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Count English in an answer in another script as drift.")
    ] = False,
    text: Annotated[bool, typer.Option("--text", help="The file is one answer in plain text.")] = False,
    fail_on_drift: Annotated[bool, typer.Option("--fail-on-drift", help="Exit with 1 if any answer drifts.")] = False,
) -> None:
    """Find drift in answers: JSON lines in (`completion`, or an endpoint's log with `messages` and `choices`), JSON lines out."""
    from tlpo_guard.scan import Scanner

    scanner = Scanner(language, allow_english=not strict)
    totals: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for row in _text(scanner, file) if text else _records(scanner, file, totals):
        typer.echo(json.dumps(row, ensure_ascii=False))
        totals["answers"] += 1
        totals["drifting"] += not row["passed"]
        totals["unknown"] += row["language"] is None
        kinds.update({drift["kind"] for drift in row["drifts"]})
    _summary(totals, kinds)
    if totals["unreadable"]:
        raise typer.Exit(_UNREADABLE)
    if fail_on_drift and totals["drifting"]:
        raise typer.Exit(_DRIFT)


def _text(scanner: "Scanner", file: str) -> Iterator[dict[str, Any]]:
    from tlpo_guard.scan import Answer

    with opened(file) as source:
        content = source.read()
    answer = Answer(content.decode("utf-8-sig", errors="replace"))
    yield _row(None if file == "-" else file, scanner.scan(answer))


def _records(scanner: "Scanner", file: str, totals: Counter[str]) -> Iterator[dict[str, Any]]:
    ids: deque[object] = deque()
    with opened(file) as source:
        for scanned in scanner.scan_all(_answers(source, file, ids, totals)):
            yield _row(ids.popleft(), scanned)


def _answers(source: IO[bytes], file: str, ids: deque[object], totals: Counter[str]) -> Iterator["Answer | None"]:
    """The answers of all records that can be read; the record's id of each is put behind `ids`. None is a pause."""
    from tlpo_guard.scan import answers

    lines = lines_as_they_come(source) if file == "-" else source
    for number, line in numbered_lines(lines, file, "scanning"):
        if not line:
            yield None
            continue
        try:
            row = json_object(line)
            found = list(answers(row))
        except ValueError as exc:
            totals["unreadable"] += 1
            typer.echo(f"error: line {number}: {exc}", err=True)
            continue
        for answer in found:
            ids.append(row.get("id", number))
            yield answer


def _row(record_id: object, scanned: "Scanned") -> dict[str, Any]:
    return {
        "id": record_id,
        "language": ",".join(scanned.languages) or None,
        "decided_by": scanned.decided_by,
        "passed": not scanned.drifts,
        "drifts": [
            {
                "start": drift.start,
                "end": drift.end,
                "text": scanned.text[drift.start : drift.end],
                "kind": drift.kind,
                "found": drift.detected,
                "score": round(drift.score, 4),
            }
            for drift in scanned.drifts
        ],
    }


def _summary(totals: Counter[str], kinds: Counter[str]) -> None:
    count, drifting = totals["answers"], totals["drifting"]
    share = f" ({drifting / count:.1%})" if count else ""
    by_kind = ", ".join(f"{kind} {number}" for kind, number in kinds.most_common())
    typer.echo(f"{count} answers, {drifting} drift{share}" + (f": {by_kind}" if by_kind else ""), err=True)
    if totals["unknown"]:
        typer.echo(
            f"{totals['unknown']} have no known expected language and were not judged; name it with --language",
            err=True,
        )
    if totals["unreadable"]:
        typer.echo(f"error: {totals['unreadable']} of the lines cannot be read", err=True)
