"""The commands."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console

from benchmarks.made_with import adapter_digest, is_made, keep_settings
from benchmarks.quality.models import BASE, MASKED, Subject, subjects
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
    long_draws: Annotated[int, typer.Option(help="How many of these are longer than 48 tokens.")] = Size().long_draws,
    tokens: Annotated[int, typer.Option(help="Longest answer; the first 48 are judged, too.")] = Size().tokens,
    temperature: Annotated[float, typer.Option(help="Of the answers.")] = Size().temperature,
    extra: Annotated[
        list[Path], typer.Option("--prompts-file", help="JSONL of `prompt` and `language`: one more set, of its name.")
    ] = [],  # noqa: B006
    masked: Annotated[
        bool, typer.Option("--masked", help="Also those of the base with what leaves the language kept out.")
    ] = False,
    small: Small = False,
    threads: Threads = 1,
    cache_dir: Cache = CACHE,
) -> None:
    """Sample the answers of the base and of each adapter, guard off. What is there is kept: run it again after a stop."""
    torch.set_num_threads(threads)
    tags = tuple(languages.split(","))
    size = (
        replace(SMALL, languages=tags, temperature=temperature)
        if small
        else Size(tags, prompts, selective, draws, long_draws, tokens, temperature)
    )
    sets = list(prompt_sets(data, size, extra))
    for subject in [*subjects(adapter), *([Subject(MASKED)] if masked else [])]:
        answer_all(model, subject, sets, size, out, cache_dir, _report)


@app.command()
def judge(out: Out = OUT, model: Model = "smollm2", cache_dir: Cache = CACHE) -> None:
    """Judge all answers that are there and not judged yet; no model is run."""
    judge_files(model, out, cache_dir, _report)


@app.command()
def questions(
    archive: Annotated[
        Path,
        typer.Argument(help="bigbench-1.0.0.tar.gz: `pip download --no-deps --no-build-isolation bigbench==1.0.0`."),
    ],
    out: Out = OUT,
    per_task: Annotated[int, typer.Option(help="Most of one task.")] = 40,
) -> None:
    """Take multiple-choice questions out of a package: questions.jsonl in the folder."""
    from benchmarks.quality.ability.questions import questions_of_package

    rows = sorted(questions_of_package(archive, per_task), key=lambda row: row["task"])
    out.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (out / "questions.jsonl").write_text(lines, encoding="utf-8")
    _report(f"{len(rows)} questions of {len({row['task'] for row in rows})} tasks")


@app.command()
def ability(
    data: Data,
    adapter: Adapters = [],  # noqa: B006
    out: Out = OUT,
    model: Model = "smollm2",
    languages: Annotated[str, typer.Option(help="Of texts and answers.")] = ",".join(Size().languages),
    likelihoods_alone: Annotated[
        bool, typer.Option("--likelihoods-alone", help="Only how likely clean and English text is.")
    ] = False,
    small: Small = False,
    threads: Threads = 1,
    cache_dir: Cache = CACHE,
) -> None:
    """Measure what should stay: likelihoods, relevance, minimal pairs, and questions.jsonl where it is. After `judge`."""
    from benchmarks.quality.ability.measuring import Scope, measure_all, read_tasks

    torch.set_num_threads(threads)
    file = out / "questions.jsonl"
    asked = read_tasks(file) if file.exists() else []
    tags = tuple(languages.split(","))
    scope = Scope(tags, asked[::12], per_fault=4, texts=6, answers=8, long_answers=2) if small else Scope(tags, asked)
    scope = replace(scope, likelihoods_alone=likelihoods_alone)
    measure_all(model, subjects(adapter), scope, data, out, cache_dir, _report)


@app.command()
def log(
    data: Data,
    folder: Annotated[Path, typer.Argument(help="Of the log.")],
    languages: Annotated[str, typer.Option(help="With commas.")] = ",".join(Size().languages),
    mode: Annotated[str, typer.Option(help="The guard's.")] = "mask",
    answers: Annotated[int, typer.Option(help="To each prompt.")] = 1,
    tokens: Annotated[int, typer.Option(help="Longest answer.")] = 48,
    temperature: Annotated[float, typer.Option(help="Of the answers.")] = Size().temperature,
    prompts: Annotated[int | None, typer.Option(help="Only so many of a language.")] = None,
    prompts_file: Annotated[
        Path | None,
        typer.Option(help="Ask these in place of the training prompts; JSONL, as `distill --prompts` takes it."),
    ] = None,
    first_seed: Annotated[
        int, typer.Option(help="Of the answers; the same prompt with the same seed is the same answer.")
    ] = 0,
) -> None:
    """Ask a guarded server the training prompts, for a log to train on; again in the same folder for more."""
    from benchmarks.quality.training import log_traffic, questions_of_file, training_questions

    seeds = range(first_seed, first_seed + answers)
    questions = (
        training_questions(data, languages.split(","), prompts, seeds)
        if prompts_file is None
        else questions_of_file(prompts_file, seeds)
    )
    log_traffic(folder, questions, mode, tokens, temperature)


@app.command()
def train(
    log: Annotated[Path, typer.Argument(help="A folder that `log` has made.")],
    folder: Annotated[Path, typer.Argument(help="Of the adapter.")],
    method: Annotated[
        str, typer.Option(help="As benchmarks.methods names it: default, tlpo, continue, rollouts, dpo:1e-4 …")
    ] = "default",
    seed: Annotated[int, typer.Option(help="Of the training.")] = 0,
    setting: Annotated[
        list[str], typer.Option("--set", help="A setting of the distiller: training.max_steps=12; again for more.")
    ] = [],  # noqa: B006
    model: Model = "smollm2",
    threads: Threads = 1,
) -> None:
    """Teach one adapter from a log."""
    from benchmarks.quality.training import trained
    from distill.config import load_config

    torch.set_num_threads(threads)
    flags = dict(part.split("=", 1) for part in setting)
    seconds = trained(method, load_config({**flags, "seed": seed}), log, folder, model)
    _report(f"{method}, seed {seed}: {seconds:.0f} CPU seconds")


@app.command()
def tune(
    data: Data,
    folder: Annotated[Path, typer.Argument(help="Where NAME-SEED folders are put.")],
    adapter: Adapters = [],  # noqa: B006
    steps: Annotated[int, typer.Option(help="Of ordinary fine-tuning.")] = 50,
    model: Model = "smollm2",
    languages: Annotated[str, typer.Option(help="Of the texts, beside English.")] = ",".join(Size().languages),
    threads: Threads = 1,
    cache_dir: Cache = CACHE,
) -> None:
    """Fine-tune the base and each adapter on clean text: does the fall of confusion last? Answer with what comes of it."""
    from benchmarks.quality.training import fine_tuned

    torch.set_num_threads(threads)
    tags = languages.split(",")
    for subject in subjects(adapter):
        target = folder / subject.label
        made = target / "adapter_config.json"
        settings = {"model": model, "adapter": adapter_digest(subject.folder), "languages": tags, "steps": steps}
        if not is_made(made, settings):
            keep_settings(made, settings)
            fine_tuned(subject, data, tags, target, model, cache_dir, _report, steps=steps)


@app.command()
def table(
    out: Out = OUT,
    readme: Annotated[
        Path | None, typer.Option(help="A document that a summary is written into, between its marks.")
    ] = None,
    document: Annotated[
        Path | None, typer.Option(help="A document that all tables are written into, between its marks.")
    ] = None,
    beside: Annotated[
        Path | None, typer.Option(help="A document that one table of all methods is written into.")
    ] = None,
    shown: Annotated[str, typer.Option(help="Methods that have tables of their own, with commas; default: all.")] = "",
    figure: Annotated[Path | None, typer.Option(help="Default: quality.svg in the folder.")] = None,
    results: Annotated[
        Path | None, typer.Option(help="Figures that an earlier run has made, in place of the folder's.")
    ] = None,
    against: Annotated[str, typer.Option(help="What methods are held against: the base, or one of them.")] = BASE,
) -> None:
    """Make quality.json, quality.md and quality.svg of all that was measured; and write them into documents."""
    from benchmarks.quality.cells import between
    from benchmarks.quality.figure import draw
    from benchmarks.quality.markdown import BEGIN, END, comparison, markdown, summary
    from benchmarks.quality.results import results as figures_of
    from benchmarks.quality.rows import write_json

    figures = (
        figures_of(out, against, shown.split(",") if shown else ())
        if results is None
        else json.loads(results.read_text(encoding="utf-8"))
    )
    text = markdown(figures)
    if results is None:
        write_json(out / "quality.json", figures)
        (out / "quality.md").write_text(text, encoding="utf-8")
    draw(figures, figure or out / "quality.svg")
    for place, content in ((readme, summary(figures)), (document, text), (beside, comparison(figures))):
        if place is not None:
            between(place, content, BEGIN, END)
    print(text)
