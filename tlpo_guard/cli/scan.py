"""`tlpo-guard scan`: how much of what a model answered is in the wrong language."""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tlpo_guard.cli.json_lines import json_object, numbered_lines, opened
from tlpo_guard.cli.output import Json, for_people, marked, print_json, visible
from tlpo_guard.cli.slow_input import lines_as_they_come

if TYPE_CHECKING:
    from tlpo_guard.scan import Answer, Scanned, Scanner
    from tlpo_guard.scan_report import Record, Report

__all__ = ["scan"]

_DRIFT, _UNREADABLE = 1, 2  # exit codes
_AROUND = 200  # characters before and after a drift that a terminal shows

Origin = tuple[object, "Record"]
"""The id of a record as it stands there, and what a report keeps of it."""


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
    report: Annotated[
        list[Path] | None,
        typer.Option(help="Write a report: .html for people, .parquet for programs; may be repeated."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Find answers, or parts of them, that are in the wrong language.

    FILE holds one JSON object a line: a `completion`, or an endpoint's log with `messages` and `choices`. On a terminal the
    answers that drift are printed, with the drift marked; elsewhere, or with --json, a line of JSON for each answer. With
    --report only that is written, unless --json says otherwise.
    """
    from tlpo_guard.scan import Scanner

    scanner = Scanner(language, allow_english=not strict)
    totals: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    show = _nothing if report and not as_json else _print_marked if for_people(as_json) else _print_row
    records = _records(scanner, file, totals, prints=show is not _nothing)
    with _reports(report or [], file) as reports:
        for (record_id, record), scanned in _text(scanner, file) if text else records:
            show(record_id, scanned)
            for written in reports:
                written.add(record, scanned)
            totals["answers"] += 1
            totals["drifting"] += bool(scanned.drifts)
            totals["unknown"] += not scanned.languages
            kinds.update({str(drift.kind) for drift in scanned.drifts})
    _summary(totals, kinds)
    for path in report or ():
        typer.echo(f"written: {path}", err=True)
    if totals["unreadable"]:
        raise typer.Exit(_UNREADABLE)
    if fail_on_drift and totals["drifting"]:
        raise typer.Exit(_DRIFT)


class _reports:
    """The reports that are asked for, open while the block runs."""

    def __init__(self, paths: list[Path], file: str) -> None:
        self._paths, self._title = paths, "standard input" if file == "-" else Path(file).name
        self._stack = ExitStack()

    def __enter__(self) -> "list[Report]":
        if not self._paths:
            return []
        from tlpo_guard.scan_report import open_report

        with self._stack as stack:
            opened_reports = [stack.enter_context(open_report(path, self._title)) for path in self._paths]
            self._stack = stack.pop_all()
        return opened_reports

    def __exit__(self, *problem: Any) -> None:
        self._stack.__exit__(*problem)


def _text(scanner: "Scanner", file: str) -> "Iterator[tuple[Origin, Scanned]]":
    from tlpo_guard.scan import Answer
    from tlpo_guard.scan_report import Record

    with opened(file) as source:
        content = source.read()
    answer = Answer(content.decode("utf-8-sig", errors="replace"))
    yield (None if file == "-" else file, Record(file, None, None)), scanner.scan(answer)


def _records(
    scanner: "Scanner", file: str, totals: Counter[str], *, prints: bool
) -> "Iterator[tuple[Origin, Scanned]]":
    origins: deque[Origin] = deque()
    with opened(file) as source:
        lines = lines_as_they_come(source) if file == "-" else source
        for scanned in scanner.scan_all(
            _answers(numbered_lines(lines, file, "scanning", prints=prints), origins, totals)
        ):
            yield origins.popleft(), scanned


def _answers(
    lines: Iterator[tuple[int, bytes]], origins: deque[Origin], totals: Counter[str]
) -> Iterator["Answer | None"]:
    """The answers of all records that can be read; where each is from is put behind `origins`. None is a pause."""
    from tlpo_guard.scan import answers
    from tlpo_guard.scan_report.record import record_of

    for number, line in lines:
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
            origins.append((row.get("id", number), record_of(row, number)))
            yield answer


def _nothing(record_id: object, scanned: "Scanned") -> None:
    pass


def _print_row(record_id: object, scanned: "Scanned") -> None:
    print_json(_row(record_id, scanned))


def _print_marked(record_id: object, scanned: "Scanned") -> None:
    """An answer that drifts, with each drift marked; the clean rest between two of them is cut."""
    if not scanned.drifts:
        return
    from rich.console import Console
    from rich.text import Text

    name = "" if record_id is None else f"{record_id}: "
    drifts = ", ".join(sorted({f"{drift.detected} ({drift.kind})" for drift in scanned.drifts}))
    answer, end = Text(), 0
    for drift in scanned.drifts:
        answer.append(_cut(scanned.text[end : drift.start], first=end == 0, last=False))
        answer.append_text(marked(scanned.text[drift.start : drift.end], drift=True))
        end = drift.end
    answer.append(_cut(scanned.text[end:], first=False, last=True))
    console = Console(markup=False, emoji=False, highlight=False)
    console.print(Text(f"{name}expected {','.join(scanned.languages)}, found {drifts}", "bold"))
    console.print(answer, end="\n\n")


def _cut(text: str, *, first: bool, last: bool) -> str:
    if len(text) > 2 * _AROUND:
        text = ("" if first else text[:_AROUND]) + " … " + ("" if last else text[-_AROUND:])
    return "\n".join(map(visible, text.split("\n")))


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
