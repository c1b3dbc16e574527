"""What `rewind` takes back: Spanish, German and French prompts with the guard off and on. `python -m benchmarks.rewind`."""

import asyncio
import json
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import openai
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.prompts import latin_prompts
from benchmarks.traffic import console, serving
from tlpo_guard.brought import Brought
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.judge import AnswerJudge
from tlpo_guard.words import WordDrift, watched

LANGUAGES = {"es": "Spanish", "de": "German", "fr": "French"}


@dataclass(frozen=True)
class Told:
    """One streamed answer and what the server says of it."""

    language: str
    prompt: str
    text: str
    rewinds: int
    stood_back: int
    longest_wait: int


def main(
    data: Annotated[Path | None, typer.Option(help="Folder with prompts/<language>.jsonl; default: our own.")] = None,
    count: Annotated[int, typer.Option(help="Prompts a language.")] = 60,
    seeds: Annotated[int, typer.Option(help="Answers a prompt.")] = 2,
    max_tokens: Annotated[int, typer.Option(help="Length of an answer.")] = 96,
    temperature: Annotated[float, typer.Option(help="Sampling temperature.")] = 0.7,
    concurrency: Annotated[int, typer.Option(help="Requests at a time; only 1 compares answers bit for bit.")] = 16,
    show: Annotated[int, typer.Option(help="Answers to print that are still flagged.")] = 0,
) -> None:
    """Count answers and switches that the detector flags, and the answers that were never touched."""
    questions = [
        (lang, prompt, seed) for lang in LANGUAGES for prompt in _prompts(lang, data)[:count] for seed in range(seeds)
    ]
    options = {"max_tokens": max_tokens, "temperature": temperature}
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url:
        off = _ask(url, "off", questions, options, concurrency)
        on = _ask(url, "rewind", questions, options, concurrency)
    table = Table("", *LANGUAGES.values(), "all")
    rows = {"guard off": off, "guard rewind": on}
    counts = {
        name: [_flagged([a for a in answers if a.language == lang]) for lang in LANGUAGES]
        for name, answers in rows.items()
    }
    for kind, at in (("answers flagged", 0), ("answers with English", 1), ("switches flagged", 2)):
        for name, by_language in counts.items():
            figures = [c[at] for c in by_language]
            table.add_row(f"{kind}, {name}", *map(str, figures), str(sum(figures)))
        before, after = (sum(c[at] for c in counts[name]) for name in rows)
        table.add_row(f"{kind}, gone", *[""] * len(LANGUAGES), f"{1 - after / max(1, before):.1%}")
    Console(width=120).print(table)
    touched = sum(a.rewinds > 0 for a in on)
    print(
        f"{touched} of {len(on)} answers went back ({sum(a.rewinds for a in on)} times); "
        f"the guard stood back in {sum(a.stood_back > 0 for a in on)}"
    )
    print(f"most characters that came at once, a measure of what was held: {max(a.longest_wait for a in on)}")
    if concurrency == 1:
        same = [a.text == b.text for a, b in zip(off, on, strict=True) if b.rewinds == 0 and b.stood_back == 0]
        print(f"bit for bit the unguarded answer: {sum(same)} of {len(same)} with nothing flagged")
    for answer in [a for a in on if _flagged([a])[0]][:show]:
        print("---", answer.language, answer.rewinds, answer.stood_back, repr(answer.text))


def _prompts(language: str, data: Path | None) -> list[str]:
    if data is None:
        return latin_prompts(language)
    lines = (data / "prompts" / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["prompt"] for line in lines]


def _flagged(answers: list[Told]) -> tuple[int, int, int]:
    """Answers that the detector flags, those with English, and switches that the streaming one tells."""
    wrong = english = switches = 0
    for answer in answers:
        judge, drift = _detector(answer.language)
        found = judge.drifts(answer.text, Brought((answer.prompt,)))
        wrong += bool(found)
        english += any(one.detected == "en" for one in found)
        switches += len(drift.alarms(judge.judged_words(answer.text, Brought((answer.prompt,)))))
    return wrong, english, switches


@cache
def _detector(language: str) -> tuple[AnswerJudge, WordDrift]:
    policy = GuardPolicy(languages=(language,))
    return AnswerJudge(policy), WordDrift((language,), watched((language,)))


def _ask(
    url: str, mode: str, questions: list[tuple[str, str, int]], options: dict[str, Any], concurrency: int
) -> list[Told]:
    async def run() -> list[Told]:
        slots = asyncio.Semaphore(concurrency)

        async def one(client: openai.AsyncOpenAI, language: str, prompt: str, seed: int) -> Told:
            guard = {"guard": {"mode": mode, "languages": [language]}}
            text, told, longest = "", {}, 0
            async with slots:
                stream = await client.chat.completions.create(
                    model="smollm2",
                    messages=[{"role": "user", "content": prompt}],
                    seed=seed,
                    stream=True,
                    extra_body=guard,
                    **options,
                )
                async for chunk in stream:
                    piece = chunk.choices[0].delta.content or ""
                    text, longest = text + piece, max(longest, len(piece))
                    told = (chunk.model_extra or {}).get("guard") or told
            bar.advance(task)
            return Told(language, prompt, text, told["rewinds"], told["stood_back"], longest)

        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", timeout=600) as client:
            return await asyncio.gather(*(one(client, *question) for question in questions))

    with Progress(console=console) as bar:
        task = bar.add_task(f"guard {mode}", total=len(questions))
        return asyncio.run(run())


if __name__ == "__main__":
    typer.run(main)
