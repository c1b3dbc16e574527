"""Tokens a second and time to the first one, beside `transformers serve`. `python -m benchmarks.serving --help`."""

import asyncio
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import openai
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.prompts import latin_prompts
from benchmarks.traffic import serving
from tlpo_guard.models.load import load_model

OURS = ("off", "observe", "mask", "rewind")
THEIRS = "transformers serve"


@dataclass(frozen=True)
class Round:
    """One round of all clients: tokens a second, and seconds to each first token."""

    rate: float
    first: list[float]


def main(
    clients: Annotated[int, typer.Option(help="Clients at a time.")] = 16,
    max_tokens: Annotated[int, typer.Option(help="Length of an answer.")] = 64,
    rounds: Annotated[int, typer.Option(help="Rounds of each, in turns; the median counts.")] = 10,
    languages: Annotated[
        str, typer.Option(help="Of the prompts: es, de, fr, en. The model drifts in all but en.")
    ] = "en",
    theirs: Annotated[bool, typer.Option(help="Whether to run `transformers serve` too.")] = True,
) -> None:
    """Greedy streamed answers to the same prompts, the servers in turns, each in a process of its own."""
    sets = map(latin_prompts, languages.split(","))
    questions = [prompt for group in zip(*sets, strict=True) for prompt in group][:clients]
    results: dict[str, list[Round]] = {}
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url, _theirs(Path(folder), theirs) as other:
        runs = {f"guard {mode}": (f"{url}/v1", "smollm2", {"guard": {"mode": mode}}) for mode in OURS}
        if other:
            runs[THEIRS] = (f"{other[0]}/v1", other[1], {})
        for number in range(rounds + 1):
            # In turns from both ends: who comes first in a round is at no advantage.
            for name, (base, model, extra) in list(runs.items())[:: -1 if number % 2 else 1]:
                told = _round(base, model, questions, max_tokens, extra)
                results.setdefault(name, []).extend([told] if number else [])
    Console(width=120).print(_table(results))


def _table(results: dict[str, list[Round]]) -> Table:
    table = Table(
        "", "tokens/s", "of guard off", f"of {THEIRS}", "first token p50", "first token p95", "p95 of guard off"
    )
    off, theirs = results["guard off"], results.get(THEIRS)
    for name in [f"guard {mode}" for mode in OURS] + [THEIRS] * (theirs is not None):
        rounds = results[name]
        first = sorted(seconds for one in rounds for seconds in one.first)
        p95 = first[int(len(first) * 0.95)]
        of_off = sorted(seconds for one in off for seconds in one.first)
        table.add_row(
            name,
            f"{statistics.median(one.rate for one in rounds):.0f}",
            _ratio(rounds, off),
            _ratio(rounds, theirs) if theirs else "",
            f"{statistics.median(first):.2f} s",
            f"{p95:.2f} s",
            f"{p95 / of_off[int(len(of_off) * 0.95)]:.2f}",
        )
    return table


def _ratio(some: list[Round], others: list[Round]) -> str:
    """Median of the ratios of rounds that ran one after the other: the machine's moods fall on both."""
    return f"{statistics.median(a.rate / b.rate for a, b in zip(some, others, strict=True)):.2f}"


def _round(url: str, model: str, questions: list[str], max_tokens: int, extra: dict[str, Any]) -> Round:
    async def one(client: openai.AsyncOpenAI, question: str) -> tuple[int, float]:
        began, first, count = time.perf_counter(), 0.0, 0
        stream = await client.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": question}],
            max_tokens=max_tokens,
            temperature=0,
            stream=True,
            stream_options={"include_usage": True},
            extra_body=extra,
        )
        async for chunk in stream:
            if chunk.usage is not None:
                count = chunk.usage.completion_tokens
            if not first and chunk.choices and chunk.choices[0].delta.content:
                first = time.perf_counter() - began
        return count, first

    async def run() -> Round:
        async with openai.AsyncOpenAI(base_url=url, api_key="none", timeout=600) as client:
            began = time.perf_counter()
            told = await asyncio.gather(*(one(client, question) for question in questions))
            return Round(sum(count for count, _ in told) / (time.perf_counter() - began), [first for _, first in told])

    return asyncio.run(run())


@contextmanager
def _theirs(folder: Path, wanted: bool) -> Iterator[tuple[str, str] | None]:
    """`transformers serve` with continuous batching on the same weights in the same dtype; its URL and model name."""
    if not wanted:
        yield None
        return
    model = folder / "model"
    loaded = load_model("smollm2", cache_dir=folder / "cache")
    loaded.model.save_pretrained(model)
    loaded.tokenizer.save_pretrained(model)
    del loaded
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "transformers"), "serve", str(model), "--continuous-batching"]
    flags = ["--attn-implementation", "sdpa", "--dtype", "bfloat16", "--device", "cpu", "--cb-num-blocks", "1024"]
    blocks = ["--cb-block-size", "32", "--cb-max-batch-tokens", "2048", "--host", "127.0.0.1", "--port", str(port)]
    with (
        (folder / "theirs.log").open("wb") as log,
        subprocess.Popen([*command, *flags, *blocks], stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            _wait(process, f"http://127.0.0.1:{port}/health", folder / "theirs.log")
            yield f"http://127.0.0.1:{port}", str(model)
        finally:
            process.terminate()


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"transformers serve ended:\n{log.read_text()}")
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.3)


if __name__ == "__main__":
    typer.run(main)
