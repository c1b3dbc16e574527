"""What the guard keeps out: the same prompts and seeds with the guard off and on. `python -m benchmarks.mask --help`."""

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.prompts import held_out_prompts, training_prompts
from benchmarks.traffic import NAMES, Question, ask, is_foreign, rates, serving


def main(
    data: Annotated[Path | None, typer.Option(help="Folder with prompts/<language>.jsonl; default: our own.")] = None,
    count: Annotated[int, typer.Option(help="Prompts a language.")] = 60,
    max_tokens: Annotated[int, typer.Option(help="Length of an answer.")] = 64,
    temperature: Annotated[float, typer.Option(help="Sampling temperature.")] = 0.7,
    top_p: Annotated[float, typer.Option(help="Nucleus mass.")] = 1.0,
    concurrency: Annotated[int, typer.Option(help="Requests at a time; only 1 compares answers bit for bit.")] = 16,
) -> None:
    """Count answers with a foreign letter or an English word, strict, and the clean ones that the guard left bit for bit."""
    questions = [question for language in NAMES for question in _questions(language, data)[:count]]
    options = {"max_tokens": max_tokens, "temperature": temperature, "top_p": top_p}
    modes = ("off", "observe", "mask")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url:
        answers = {mode: ask(url, mode, questions, f"guard {mode}", options, concurrency) for mode in modes}
    table = Table("answers with a foreign letter or an English word", *NAMES.values())
    for mode, found in answers.items():
        shares = rates(found)
        table.add_row(f"guard {mode}", *(f"{shares[language]:.1%}" for language in NAMES))
    Console().print(table)
    # Batches differ from run to run, and with them the last bits of the logits: only one request at a time is exact.
    if concurrency == 1:
        clean = [i for i, (lang, text) in enumerate(answers["off"]) if not is_foreign(lang, text)]
        masked = sum(answers["mask"][i] == answers["off"][i] for i in clean)
        observed = sum(a == b for a, b in zip(answers["observe"], answers["off"], strict=True))
        Console().print(f"mask = off: {masked} of the {len(clean)} that are clean with the guard off")
        Console().print(f"observe = off: {observed} of all {len(questions)}")


def _questions(language: str, data: Path | None) -> list[Question]:
    if data is None:
        prompts = held_out_prompts(language) + training_prompts(language)
    else:
        lines = (data / "prompts" / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
        prompts = [json.loads(line)["prompt"] for line in lines]
    return [(language, prompt, seed) for seed, prompt in enumerate(prompts)]


if __name__ == "__main__":
    typer.run(main)
