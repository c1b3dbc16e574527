"""`tlpo-guard eval`: how often a model answers in the expected language."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tlpo_guard.cli.json_lines import json_rows, opened
from tlpo_guard.cli.output import Json
from tlpo_guard.cli.paper_metrics import AskedQuestions, print_paper_rates, show_accuracy
from tlpo_guard.cli.tables import print_table
from tlpo_guard.errors import ConfigurationError

if TYPE_CHECKING:
    from tlpo_guard.lcb import Judgement, Rates
    from tlpo_guard.lcb.asking import Endpoint, Question, Reply
    from tlpo_guard.lcb.outputs import Completion
    from tlpo_guard.lcb.rates import Cell

__all__ = ["app"]

app = typer.Typer(help="Rate answers by language: LPR, WPR and RPR.", no_args_is_help=True)

Metrics = Annotated[
    Literal["lcb", "paper"],
    typer.Option(help="lcb: the Language Confusion Benchmark's, and our RPR; paper: RPR and WPR of the TLPO paper."),
]

Words = Annotated[Path | None, typer.Option("--words", help="English words, one a line; default: wordfreq's list.")]
Form = Annotated[Literal["table", "json"], typer.Option("--format", help="table or json.")]


@app.command("lcb")
def lcb(
    outputs: Annotated[list[Path], typer.Option("--outputs", help="Completions, CSV or CSV.gz; may be repeated.")],
    words: Words = None,
    metrics: Metrics = "lcb",
    form: Form = "table",
    as_json: Json = False,
) -> None:
    """Rate completions of the Language Confusion Benchmark: by its LPR and WPR and our RPR, or as the TLPO paper does."""
    for path in outputs:
        _rated(path.name, _read(path), metrics, words, "json" if as_json else form)


@app.command("model")
def model(
    endpoint: Annotated[str, typer.Option(help="Address of an OpenAI-style endpoint.")],
    prompts: Annotated[
        str, typer.Option(help="JSON lines with `prompt` or `messages`, or a CSV with a column prompt.")
    ],
    model: Annotated[str | None, typer.Option(help="Name of the model; default: the endpoint's first.")] = None,
    language: Annotated[
        str, typer.Option(help="Expected language. Default: that of each row, else what its prompt asks for.")
    ] = "",
    api_key: Annotated[str | None, typer.Option(envvar="OPENAI_API_KEY", help="Bearer key.")] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="Length of an answer.")] = 100,
    temperature: Annotated[float | None, typer.Option(help="Sampling temperature; default: the endpoint's.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of each request.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests at the same time.")] = 8,
    guard_mode: Annotated[str | None, typer.Option(help="Guard mode of each request, for a tlpo-guard server.")] = None,
    out: Annotated[Path | None, typer.Option(help="Keep the answers here, as CSV that `eval lcb` reads.")] = None,
    questions: Annotated[
        list[Path] | None,
        typer.Option(help="JSONL of multiple-choice questions, a task of the accuracy each; may be repeated."),
    ] = None,
    words: Words = None,
    metrics: Metrics = "lcb",
    form: Form = "table",
    as_json: Json = False,
) -> None:
    """Put prompts to an endpoint and rate the answers."""
    import asyncio

    from tlpo_guard.lcb.asking import Endpoint

    asked_prompts = _questions(prompts, language)
    options: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
    options |= {"guard": {"mode": guard_mode} if guard_mode else None}
    given = {name: value for name, value in options.items() if value is not None}
    asked = Endpoint(endpoint, model or _first_model(endpoint, api_key), api_key, given, concurrency)
    chosen = AskedQuestions(questions or [])
    replies = asyncio.run(_ask(asked, asked_prompts))
    exact = replace(asked, options={"temperature": 0.0, **given})
    picked = asyncio.run(_ask(exact, chosen.prompts())) if questions else []
    if out is not None:
        _write(out, _completions(asked, replies))
    if any(reply.text is not None for reply in replies):
        _rated(
            asked.model,
            _completions(asked, replies),
            metrics,
            words,
            "json" if as_json else form,
            chosen.accuracy(picked),
        )
    failed = [reply for reply in (*replies, *picked) if reply.text is None]
    typer.echo(f"{len(replies) + len(picked) - len(failed)} answers, {len(failed)} failed", err=True)
    if failed:
        typer.echo(f"error: {failed[0].error}", err=True)
        raise typer.Exit(1)


def _rated(
    title: str,
    completions: "Iterable[Completion]",
    metrics: str,
    words: Path | None,
    form: str,
    accuracy: Mapping[str, float] | None = None,
) -> None:
    """Rate completions, and print the rates with the accuracy on questions beside them."""
    if metrics == "paper":
        _tell_missing_segmenters()
        print_paper_rates(title, completions, form, accuracy)
        return
    _print(title, _rates(completions, words), form, accuracy)


def _read(path: Path) -> "Iterator[Completion]":
    from rich.console import Console
    from rich.progress import track

    from tlpo_guard.lcb.outputs import read_completions

    console = Console(stderr=True)
    yield from track(
        list(read_completions(path)), path.name, console=console, transient=True, disable=not console.is_terminal
    )


def _rates(completions: "Iterable[Completion]", words: Path | None) -> "Mapping[Cell, Rates]":
    from tlpo_guard.lcb import english_words, rates

    _tell_missing_segmenters()
    english = english_words(words)
    return rates(_judged(completions, english))


def _tell_missing_segmenters() -> None:
    from tlpo_guard.lcb.line_words import segmenters_missing

    if missing := segmenters_missing():
        estimated = " and ".join(missing)
        typer.echo(
            f"words of {estimated} are estimated; `pip install 'tlpo-guard[eval]'` counts them exactly", err=True
        )


def _judged(completions: "Iterable[Completion]", english: frozenset[str]) -> "Iterator[tuple[Cell, Judgement, bool]]":
    from tlpo_guard.lcb import judge
    from tlpo_guard.scan import Answer, Scanner

    scanner = Scanner()
    for row in completions:
        clean = not scanner.scan(Answer(row.completion, languages=(row.language,))).drifts
        yield (row.task, row.source, row.language), judge(row.completion, row.language, english), clean


def _print(
    title: str, rates_by_cell: "Mapping[Cell, Rates]", form: str, accuracy: Mapping[str, float] | None = None
) -> None:
    rows = sorted(rates_by_cell.items())
    if form == "json":
        rates = [{"task": t, "source": s or None, "language": lang or None, **asdict(r)} for (t, s, lang), r in rows]
        shown: dict[str, Any] = {"outputs": title, "rates": rates}
        typer.echo(json.dumps(shown | ({"accuracy": accuracy} if accuracy else {}), ensure_ascii=False))
        return
    from rich.table import Table

    table = Table("task", "source", "language", "completions", "LPR", "WPR", "RPR", title=title)
    for (task, source, language), rate in rows:
        figures = ("" if value is None else f"{value:.2f}" for value in (rate.lpr, rate.wpr, rate.rpr))
        table.add_row(task, source or "average", language or "average", str(rate.completions), *figures)
    print_table(table)
    if accuracy:
        show_accuracy(accuracy)


def _questions(file: str, language: str) -> "list[Question]":
    from tlpo_guard.languages.tags import languages
    from tlpo_guard.lcb.asking import Question

    default = languages(language)
    questions = []
    for number, row in _rows(file):
        messages = _messages(row, f"{file}, row {number}")
        expected = languages(str(row.get("language") or "")) or default or _asked_for(messages)
        if not expected:
            raise ConfigurationError(
                f"{file}, row {number}: its expected language is not clear; name it with --language"
            )
        questions.append(Question(str(row.get("id", number)), messages, expected[0]))
    if not questions:
        raise ConfigurationError(f"{file} holds no prompts")
    return questions


def _rows(file: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    import csv
    import io

    with opened(file) as source:
        if file.endswith(".csv"):
            with io.TextIOWrapper(source, encoding="utf-8-sig", newline="") as text:
                yield from enumerate(csv.DictReader(text), 1)
            return
        yield from json_rows(source, file, "prompts")


def _messages(row: Mapping[str, Any], where: str) -> list[dict[str, Any]]:
    if isinstance(row.get("prompt"), str):
        return [{"role": "user", "content": row["prompt"]}]
    messages = row.get("messages")
    if isinstance(messages, list) and messages and all(isinstance(m, dict) for m in messages):
        return messages
    raise ConfigurationError(f"{where}: needs `prompt` or `messages`")


def _asked_for(messages: list[dict[str, Any]]) -> tuple[str, ...]:
    from tlpo_guard.intent import expected_language, message_of

    return expected_language((), (), [message_of(message) for message in messages]).languages


def _first_model(endpoint: str, api_key: str | None) -> str:
    import httpx

    from tlpo_guard.lcb.asking import Endpoint

    where = Endpoint(endpoint, "", api_key)
    try:
        answer = httpx.get(f"{where.base_url}/models", headers=where.headers, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["data"][0]["id"])
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as exc:
        raise ConfigurationError(
            f"the models of {where.base_url} could not be listed ({exc}); name one with --model"
        ) from exc


async def _ask(endpoint: "Endpoint", questions: "list[Question]") -> "list[Reply]":
    from rich.console import Console
    from rich.progress import Progress

    from tlpo_guard.lcb.asking import ask_all

    console = Console(stderr=True)
    replies = []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("answers", total=len(questions))
        async for reply in ask_all(endpoint, questions):
            replies.append(reply)
            progress.advance(task)
    order = {question.id: i for i, question in enumerate(questions)}
    return sorted(replies, key=lambda reply: order[reply.question.id])


def _completions(endpoint: "Endpoint", replies: "Iterable[Reply]") -> "list[Completion]":
    """The replies that did not fail."""
    from tlpo_guard.lcb.outputs import Completion

    return [
        Completion(reply.question.id, endpoint.model, reply.text, "model", "prompts", reply.question.language)
        for reply in replies
        if reply.text is not None
    ]


def _write(path: Path, completions: "list[Completion]") -> None:
    import csv

    from tlpo_guard.lcb.outputs import FIELDS

    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, FIELDS)
            writer.writeheader()
            writer.writerows({name: getattr(row, name) for name in FIELDS} for row in completions)
    except OSError as exc:
        raise ConfigurationError(f"{path} cannot be written ({exc.strerror}); choose another --out") from exc
