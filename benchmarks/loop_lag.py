"""The longest stall of the server's event loop: what a request costs all others. `python -m benchmarks.loop_lag --help`."""

import asyncio
import json
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from fastapi import FastAPI

from benchmarks.traffic import serving

QUESTIONS = {
    "de": "Wie kocht man Linsen?",
    "es": "¿Cómo se cocinan las lentejas?",
    "fr": "Comment cuire des lentilles ?",
    "it": "Come si cuociono le lenticchie?",
    "cs": "Jak se vaří čočka?",
    "nl": "Hoe kook je linzen?",
    "ko": "렌틸콩은 어떻게 요리하나요?",
    "ru": "Как варить чечевицу?",
    "ar": "كيف يُطبخ العدس؟",
    "uk": "Як варити сочевицю?",
}
STREAMS = 16
NEVER_ENDS = {"0": -100, "2": -100}  # the bundled model's tokens that end an answer
WORKERS = ("tables", "planning", "sequences", "asyncio_", "event-writer")  # threads that run Python beside the loop
TICK = 0.001
APART = 0.1  # seconds between the requests: much less than the tables of one language take


@dataclass(frozen=True)
class Lag:
    """The worst of a run, seconds.

    Attributes:
        computed: what the loop's own thread computed between two turns of the probe.
        held: what one of the threads beside it computed while the loop waited for the interpreter.
        lag: how late the probe's turn came, whatever the reason, a busy machine among them.
        worked: what the threads that make tables computed in all.
    """

    computed: float = 0.0
    held: float = 0.0
    lag: float = 0.0
    worked: float = 0.0


class LagProbe:
    """A task that wants a turn of the event loop every millisecond, and measures how much later it gets it."""

    def __init__(self) -> None:
        self.worst = Lag()

    async def watch(self) -> None:
        """Measure until cancelled."""
        loop_thread = threading.get_ident()
        with Path("/proc/thread-self/schedstat").open() as schedule:
            while True:
                began, computed, queued = time.perf_counter(), _computed(loop_thread), _queued(schedule)
                workers = _workers()
                await asyncio.sleep(TICK)
                lag = max(time.perf_counter() - began - TICK, 0.0)
                own, in_line = _computed(loop_thread) - computed, _queued(schedule) - queued
                others = [used - workers.get(name, used) for name, used in _workers().items()]
                # What piled up while other programs had the processors is no stall of ours: their share is taken off.
                share = 1.0 - min(in_line / (lag + TICK), 1.0)
                held = share * max(min(lag - own - in_line, max(others, default=0.0)), 0.0)
                tables = sum(used for (name, _), used in _workers().items() if name.startswith("tables"))
                worst = self.worst
                self.worst = Lag(max(worst.computed, share * own), max(worst.held, held), max(worst.lag, lag), tables)


def _computed(thread: int) -> float:
    """Processor time of a thread so far, seconds."""
    return time.clock_gettime(time.pthread_getcpuclockid(thread))


def _queued(schedule: Any) -> float:
    """How long the loop's thread has been ready to run while others had the processors, seconds."""
    schedule.seek(0)
    return int(schedule.read().split()[1]) * 1e-9


def _workers() -> dict[tuple[str, int], float]:
    out = {}
    for thread in threading.enumerate():
        if thread.name.startswith(WORKERS) and thread.ident is not None:
            with suppress(OSError):  # it has just ended
                out[thread.name, thread.ident] = _computed(thread.ident)
    return out


def install() -> None:
    """Let every server that this process builds measure itself; `GET /lag` tells the worst since the last time."""
    from server import app as built

    create = built.create_app

    def probed(*args: Any) -> FastAPI:
        app, probe = create(*args), LagProbe()
        inner = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(one: FastAPI) -> AsyncIterator[None]:
            async with inner(one):
                task = asyncio.create_task(probe.watch())
                yield
                task.cancel()

        @app.get("/lag")
        async def lag() -> dict[str, float]:
            worst, probe.worst = probe.worst, Lag()
            return asdict(worst)

        app.router.lifespan_context = lifespan
        return app

    built.create_app = probed


def measure(url: str, key: str = "none", tokens: int = 8) -> Lag:
    """Begin an answer in each of ten languages, all of them new to the server, while others are being streamed."""

    async def run() -> None:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=300) as client:
            started = [asyncio.Event() for _ in range(STREAMS)]
            streams = [asyncio.create_task(_stream(client, event)) for event in started]
            await asyncio.gather(*(event.wait() for event in started))
            await client.get("/lag")
            await asyncio.gather(*(_ask(client, place, language, tokens) for place, language in enumerate(QUESTIONS)))
            for stream in streams:
                stream.cancel()
            await asyncio.gather(*streams, return_exceptions=True)

    asyncio.run(run())
    return Lag(**httpx.get(f"{url}/lag", timeout=30).json())


def _body(question: str, **more: Any) -> dict[str, Any]:
    return {"model": "smollm2", "messages": [{"role": "user", "content": question}], **more}


async def _stream(client: httpx.AsyncClient, started: asyncio.Event) -> None:
    body = _body("What is rain?", stream=True, max_tokens=400, logit_bias=NEVER_ENDS, guard={"languages": ["en"]})
    while True:
        async with client.stream("POST", "/v1/chat/completions", json=body) as answer:
            async for line in answer.aiter_lines():
                if '"content":"' in line.replace(" ", "") and '"content":""' not in line.replace(" ", ""):
                    started.set()


async def _ask(client: httpx.AsyncClient, place: int, language: str, tokens: int) -> None:
    await asyncio.sleep(place * APART)
    guard = {"mode": "rewind", "languages": [language], "allow_english": False}
    body = _body(QUESTIONS[language], max_tokens=tokens, seed=1, guard=guard)
    answer = await client.post("/v1/chat/completions", json=body)
    answer.raise_for_status()


def main(
    repeats: Annotated[int, typer.Option(help="Servers to measure; the worst counts.")] = 1,
) -> None:
    """Ten new languages begin while sixteen answers are streamed; prints the longest stalls in milliseconds."""
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            program = "from benchmarks.loop_lag import install; install(); from tlpo_guard.cli import main; main()"
            with serving(Path(folder), sys.executable, "-c", program) as url:
                lag = measure(url)
        print(json.dumps({name: round(1e3 * seconds, 1) for name, seconds in asdict(lag).items()}))


if __name__ == "__main__":
    typer.run(main)
