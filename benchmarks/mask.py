"""What the guard keeps out: the same prompts and seeds with the guard off and on. `python -m benchmarks.mask --help`."""

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.prompts import held_out_prompts, training_prompts
from benchmarks.traffic import FOREIGN, NAMES, Question, ask, rates, serving


def main(
    data: Annotated[Path | None, typer.Option(help="Folder with prompts/<language>.jsonl; default: our own.")] = None,
    count: Annotated[int, typer.Option(help="Prompts a language.")] = 60,
    max_tokens: Annotated[int, typer.Option(help="Length of an answer.")] = 64,
    temperature: Annotated[float, typer.Option(help="Sampling temperature.")] = 0.7,
) -> None:
    """Count answers with a foreign letter, strict, and how many clean ones the mask left as they were."""
    questions = [question for language in NAMES for question in _questions(language, data)[:count]]
    options = {"max_tokens": max_tokens, "temperature": temperature}
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url:
        answers = {mode: ask(url, mode, questions, f"guard {mode}", options) for mode in ("off", "mask")}
    table = Table("answers with a foreign letter", *NAMES.values())
    for mode, found in answers.items():
        shares = rates(found)
        table.add_row(f"guard {mode}", *(f"{shares[language]:.1%}" for language in NAMES))
    Console().print(table)
    pairs = list(zip(answers["off"], answers["mask"], strict=True))
    clean = [(off, mask) for (lang, off), (_, mask) in pairs if not FOREIGN[lang].search(off)]
    same = sum(off == mask for off, mask in clean)
    # Batches differ from run to run, and with them the last bits of the logits: only one request at a time is exact.
    Console().print(
        f"clean unguarded answers that the mask left bit for bit, in shared batches: {same} of {len(clean)}"
    )


def _questions(language: str, data: Path | None) -> list[Question]:
    if data is None:
        prompts = held_out_prompts(language) + training_prompts(language)
    else:
        lines = (data / "prompts" / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
        prompts = [json.loads(line)["prompt"] for line in lines]
    return [(language, prompt, seed) for seed, prompt in enumerate(prompts)]


if __name__ == "__main__":
    typer.run(main)
