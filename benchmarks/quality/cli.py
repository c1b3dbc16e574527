"""The commands."""

import json
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console

from benchmarks.quality.models import subjects
from benchmarks.quality.stages import SMALL, Size, answer_all, judge_files, prompt_sets

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)
console = Console(stderr=True)

Out = Annotated[Path, typer.Option(help="Folder of all stages.")]
Data = Annotated[Path, typer.Option(help="Folder with `prompts` and `lcb`.")]
Adapters = Annotated[
    list[str], typer.Option("--adapter", help="NAME=FOLDER; again with the same name for its next training seed.")
]
Model = Annotated[str, typer.Option(help="The base model.")]
Small = Annotated[bool, typer.Option("--small", help="A trial of minutes: few prompts, one draw, 96 tokens.")]
OUT, CACHE = Path("out/quality"), Path("data/cache")
Cache = Annotated[Path, typer.Option(help="Where the model is unpacked to.")]
Threads = Annotated[int, typer.Option(help="CPU threads of torch; two processes of one thread do more.")]


def _report(line: str) -> None:
    console.print(line, highlight=False)


@app.command()
def answers(
    data: Data,
    adapter: Adapters = [],  # noqa: B006  (typer reads it)
    out: Out = OUT,
    model: Model = "smollm2",
    languages: Annotated[str, typer.Option(help="Of the held-out prompts, with commas.")] = ",".join(Size().languages),
    prompts: Annotated[int, typer.Option(help="In each language.")] = Size().prompts,
    selective: Annotated[int, typer.Option(help="For each pair of languages; 0 asks none.")] = Size().selective,
    draws: Annotated[int, typer.Option(help="Answers to each held-out prompt.")] = Size().draws,
    tokens: Annotated[int, typer.Option(help="Longest answer; the first 48 are judged, too.")] = Size().tokens,
    temperature: Annotated[float, typer.Option(help="Of the answers.")] = Size().temperature,
    extra: Annotated[
        list[Path], typer.Option("--prompts-file", help="JSONL of `prompt` and `language`: one more set, of its name.")
    ] = [],  # noqa: B006
    small: Small = False,
    threads: Threads = 1,
    cache_dir: Cache = CACHE,
) -> None:
    """Sample the answers of the base and of each adapter, guard off. What is there is kept: run it again after a stop."""
    torch.set_num_threads(threads)
    tags = tuple(languages.split(","))
    size = (
        Size(tags, SMALL.prompts, SMALL.selective, SMALL.draws, SMALL.tokens, temperature)
        if small
        else Size(tags, prompts, selective, draws, tokens, temperature)
    )
    sets = list(prompt_sets(data, size, extra))
    for subject in subjects(adapter):
        answer_all(model, subject, sets, size, out, cache_dir, _report)


@app.command()
def judge(out: Out = OUT, model: Model = "smollm2", cache_dir: Cache = CACHE) -> None:
    """Judge all answers that are there and not judged yet; no model is run."""
    judge_files(model, out, cache_dir, _report)


@app.command()
def table(
    out: Out = OUT,
    readme: Annotated[Path | None, typer.Option(help="A document that the tables are written into.")] = None,
    figure: Annotated[Path | None, typer.Option(help="Default: quality.svg in the folder.")] = None,
    results: Annotated[
        Path | None, typer.Option(help="Figures that an earlier run has made, in place of the folder's.")
    ] = None,
) -> None:
    """Make quality.json, quality.md and quality.svg of all that was measured; and write the tables into a document."""
    from benchmarks.quality.figure import draw
    from benchmarks.quality.markdown import markdown, write_between
    from benchmarks.quality.results import results as figures_of
    from benchmarks.quality.rows import write_json

    figures = figures_of(out) if results is None else json.loads(results.read_text(encoding="utf-8"))
    text = markdown(figures)
    if results is None:
        write_json(out / "quality.json", figures)
        (out / "quality.md").write_text(text, encoding="utf-8")
    draw(figures, figure or out / "quality.svg")
    if readme is not None:
        write_between(readme, text)
    print(text)
