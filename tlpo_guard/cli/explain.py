"""`tlpo-guard explain`: why answers are expected in a language, and what of them the guard keeps out."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tlpo_guard.cli.json_lines import json_object, numbered_lines, opened
from tlpo_guard.cli.output import Json, for_people, marked, print_json, visible

if TYPE_CHECKING:
    from tlpo_guard.explain import Explanation, Question

__all__ = ["explain", "explanation_row"]

_PACKAGED = "smollm2"


def explain(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON lines, or - for standard input.")],
    model: Annotated[str, typer.Option(help="Model whose tokenizer the answers go through.")] = _PACKAGED,
    data_dir: Annotated[
        Path, typer.Option(envvar="TLPO_GUARD_DATA_DIR", help="Folder with the cache of models.")
    ] = Path("data"),
    as_json: Json = False,
) -> None:
    """Explain what is expected of answers and what of them is kept out: JSON lines in (`messages` or `prompt`, and
    perhaps `completion`, `language`, `allow_english`), JSON lines out."""
    from tlpo_guard.explain import question_of

    explain_one = None
    count = bad = 0
    with opened(file) as source:
        for number, line in numbered_lines(source, file, "conversations"):
            try:
                row = json_object(line)
                question = question_of(row)
            except ValueError as exc:
                bad += 1
                typer.echo(f"error: line {number}: {exc}", err=True)
                continue
            explain_one = explain_one or _explaining(model, data_dir)
            count += 1
            explanation = explain_one(question)
            if for_people(as_json):
                _print_explanation(str(row.get("id", f"line {number}")), question.completion, explanation)
            else:
                print_json({"id": row.get("id"), **explanation_row(explanation)})
    typer.echo(f"{count} conversations", err=True)
    if bad:
        typer.echo(f"error: {bad} of the lines cannot be read", err=True)
        raise typer.Exit(1)


def explanation_row(explanation: "Explanation") -> dict[str, Any]:
    """An explanation as it goes out."""
    intent = explanation.intent
    return {
        "expected": list(intent.languages),
        "admitted": list(intent.admitted),
        "decided_by": intent.decided_by,
        "confidence": round(intent.confidence, 4),
        "claims": [
            {"language": claim.language, "why": claim.why, "weight": round(claim.weight, 4), "text": claim.text}
            for claim in intent.claims
        ],
        "blocked": [
            {"start": part.start, "end": part.end, "text": part.text, "why": part.why} for part in explanation.blocked
        ],
    }


def _print_explanation(name: str, completion: str, explanation: "Explanation") -> None:
    """What is expected and why, and the answer with what is kept out marked in its place."""
    from rich.console import Console
    from rich.text import Text

    intent = explanation.intent
    console = Console(markup=False, emoji=False, highlight=False)
    decided = f"by {intent.decided_by}, confidence {intent.confidence:.2f}"
    console.print(Text(f"{name}: expected {', '.join(intent.languages) or 'unknown'} ({decided})", "bold"))
    if intent.admitted:
        console.print(f"  may also hold {', '.join(intent.admitted)}")
    for claim in intent.claims:
        said = f": {visible(claim.text)}" if claim.text else ""
        console.print(f"  {claim.language}, {claim.why}, weight {claim.weight:.2f}{said}")
    answer, end = Text("  "), 0
    for part in explanation.blocked:
        answer.append(visible(completion[end : part.start])).append_text(marked(part.text, drift=True))
        end = part.end
    console.print(answer.append(visible(completion[end:])))
    for part in explanation.blocked:
        console.print(f"  kept out: {visible(part.text)}: {part.why}")
    console.print()


def _explaining(model: str, data_dir: Path) -> "Callable[[Question], Explanation]":
    from tlpo_guard.data_folder import make_private
    from tlpo_guard.explain import Explainer
    from tlpo_guard.guard.build import build_guard
    from tlpo_guard.models import load_tokenizer

    make_private(data_dir)
    cache_dir = data_dir / "cache"
    tokenizer = load_tokenizer(model, cache_dir=cache_dir)
    explainer = Explainer(build_guard(tokenizer, len(tokenizer), cache_dir))

    def explain_one(question: "Question") -> "Explanation":
        token_ids = tokenizer(question.completion, add_special_tokens=False)["input_ids"]
        return explainer.explain(question, token_ids)

    return explain_one
