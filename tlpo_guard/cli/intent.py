"""`tlpo-guard intent`: the expected language of conversations in a file."""

from collections import Counter
from typing import Annotated, Any

import typer

from tlpo_guard.cli.json_lines import json_object, numbered_lines, opened
from tlpo_guard.cli.output import Json, for_people, print_json

__all__ = ["intent"]


def intent(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON lines, or - for standard input.")],
    as_json: Json = False,
) -> None:
    """Find the expected language of conversations, one JSON object a line with `messages` or `prompt`."""
    show = _print_line if for_people(as_json) else print_json
    decided: Counter[str] = Counter()
    bad = 0
    with opened(file) as source:
        for number, line in numbered_lines(source, file, "conversations"):
            try:
                answer = _answer(line)
            except ValueError as exc:
                bad += 1
                typer.echo(f"error: line {number}: {exc}", err=True)
                continue
            decided[answer["decided_by"]] += 1
            show({"number": number, **answer} if for_people(as_json) else answer)
    ways = ", ".join(f"{way} {count}" for way, count in decided.most_common())
    typer.echo(f"{decided.total()} conversations" + (f": {ways}" if ways else ""), err=True)
    if bad:
        typer.echo(f"error: {bad} of the lines cannot be read", err=True)
        raise typer.Exit(1)


def _print_line(answer: dict[str, Any]) -> None:
    name = answer.get("id", f"line {answer['number']}")
    admitted = f", may also hold {', '.join(answer['admitted'])}" if answer["admitted"] else ""
    decided = f"by {answer['decided_by']}, confidence {answer['confidence']:.2f}"
    typer.echo(f"{name}: {answer['language'] or 'unknown'} ({decided}){admitted}")


def _answer(line: bytes) -> dict[str, Any]:
    """The decision on one line.

    Raises:
        ValueError: the line holds no conversation; the message says why.
    """
    from tlpo_guard.intent import expected_language
    from tlpo_guard.intent.message import conversation_of

    row = _row(line)
    decision = expected_language((), (), conversation_of(row))
    answer = {
        "language": ",".join(decision.languages) or None,
        "admitted": list(decision.admitted),
        "decided_by": decision.decided_by,
        "confidence": round(decision.confidence, 4),
    }
    return {"id": row["id"], **answer} if "id" in row else answer


def _row(line: bytes) -> dict[str, Any]:
    row = json_object(line)
    if ("messages" in row) == ("prompt" in row):
        raise ValueError("an object needs either `messages` or `prompt`")
    return row
