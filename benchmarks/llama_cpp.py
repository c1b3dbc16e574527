"""The llama.cpp engine on the bundled file: one stream beside llama-cpp-python and transformers, 16 streams, and the start.

python -m benchmarks.llama_cpp [--tokens 64] [--transformers]
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from server.engines.engine import AnswerRequest, Engine
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.generation.offsets import Penalties
from tlpo_guard.models.names import bundled_gguf
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.settings import load_settings

PROMPT = [{"role": "user", "content": "스트레스를 다루는 방법은 무엇인가요?"}]
GUARDED = GuardPolicy(mode=Mode.MASK, languages=("ko",))
ROUNDS = 3
PORT = 8391


def request(engine: Engine, name: str, tokens: int) -> AnswerRequest:
    """An answer that does not end by itself."""
    prompt = engine.tokenizer.encode_chat(PROMPT, None, open_answer=True)
    endless = Penalties(dict.fromkeys(engine.card.end_token_ids, -100.0))
    return AnswerRequest(name, prompt, tokens, SamplingParams(0.8, seed=1), GUARDED, penalties=endless)


async def speed(engine: Engine, streams: int, tokens: int, name: str) -> float:
    """Tokens a second, without what comes before the first one of each."""

    async def one(number: int) -> tuple[float, float]:
        first = 0.0
        async for _ in engine.generate(request(engine, f"{name}-{number}", tokens)):
            first = first or time.perf_counter()
        return first, time.perf_counter()

    times = await asyncio.gather(*(one(number) for number in range(streams)))
    return streams * (tokens - 1) / (max(end for _, end in times) - min(first for first, _ in times))


async def cpu_seconds(engine: Engine, library: "Library", tokens: int) -> tuple[list[float], list[float]]:
    """Processor time of a token, ours (all threads) and the library's, round by round in turn: other load moves it little."""
    ours, theirs = [], []
    for number in range(ROUNDS):
        begun = time.process_time()
        await speed(engine, 1, tokens, f"cpu-{number}")
        ours.append((time.process_time() - begun) / tokens)
        begun = time.process_time()
        library.answer(tokens, seed=number)
        theirs.append((time.process_time() - begun) / tokens)
    return ours, theirs


async def engine_figures(name: str, tokens: int, streams: tuple[int, ...], library: "Library | None") -> dict[str, Any]:
    """Medians for some numbers of streams, on one thread, and the library's beside them."""
    from server.engines.build import build_engine

    cache = Path("tests/.cache")
    with tempfile.TemporaryDirectory() as data:
        (Path(data) / "cache").symlink_to(cache.absolute())
        settings = load_settings(model="smollm2", engine=name, data_dir=data, torch_threads=1, kv_cache_tokens=8192)
        engine = build_engine(settings)
        engine.start()
        try:
            await speed(engine, 1, 8, "warm")
            figures: dict[str, Any] = {}
            for count in streams:
                told = [await speed(engine, count, tokens, f"{count}-{i}") for i in range(ROUNDS)]
                figures[f"{name}, guarded, {count} streams, tokens/s"] = round(statistics.median(told), 1)
            if library is not None:
                ours, theirs = await cpu_seconds(engine, library, tokens)
                figures["ms of processor time a token, one stream"] = round(1e3 * statistics.median(ours), 2)
                figures["the same of llama-cpp-python"] = round(1e3 * statistics.median(theirs), 2)
            return figures
        finally:
            engine.stop()


class Library:
    """llama-cpp-python's own loop, unguarded, sampling at the same temperature, with flash attention, as we have it, or not."""

    def __init__(self, *, flash_attention: bool) -> None:
        import llama_cpp

        self._llm = llama_cpp.Llama(
            str(bundled_gguf()), n_ctx=2048, n_threads=1, n_threads_batch=1, flash_attn=flash_attention, verbose=False
        )

    def speed(self, tokens: int) -> float:
        """Tokens a second behind the first one; median."""
        return statistics.median((tokens - 1) / self.answer(tokens, seed=number) for number in range(ROUNDS))

    def answer(self, tokens: int, *, seed: int) -> float:
        """Seconds of an answer of so many tokens, behind the first character, which may be some of them."""
        arrived = []
        endless = dict.fromkeys((0, 2, 4), -100.0)
        for _ in self._llm.create_chat_completion(  # type: ignore[union-attr]
            PROMPT,
            max_tokens=tokens,
            temperature=0.8,
            seed=seed,
            stream=True,
            logit_bias=endless,  # type: ignore[arg-type]
        ):
            arrived.append(time.perf_counter())
        return arrived[-1] - arrived[1]  # behind the role


def ready_seconds() -> float:
    """From the command to the first healthy answer."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "tlpo_guard", "serve", "--engine", "llama-cpp", "--data-dir", data]
        begun = time.perf_counter()
        server = subprocess.Popen(
            [*command, "--port", str(PORT)],
            env=os.environ | {"TLPO_GUARD_ENGINE": "llama-cpp"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        client = httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=1)
        try:
            while time.perf_counter() - begun < 60:
                with suppress(httpx.HTTPError):
                    if client.get("/health").status_code == 200:
                        return time.perf_counter() - begun
                time.sleep(0.1)
            raise RuntimeError("the server is not ready after a minute")
        finally:
            server.terminate()
            server.wait(30)


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--transformers", action="store_true", help="measure our engine over transformers, too")
    asked = parser.parse_args()
    figures: dict[str, Any] = {"ready_s": [round(ready_seconds(), 2) for _ in range(2)]}
    library = Library(flash_attention=True)
    figures["llama-cpp-python, tokens/s"] = round(library.speed(asked.tokens), 1)
    figures |= asyncio.run(engine_figures("llama-cpp", asked.tokens, (1, 16), library))
    figures["llama-cpp-python again, tokens/s"] = round(library.speed(asked.tokens), 1)
    figures["llama-cpp-python without flash attention, tokens/s"] = round(
        Library(flash_attention=False).speed(asked.tokens), 1
    )
    if asked.transformers:
        figures |= asyncio.run(engine_figures("transformers", asked.tokens, (1,), None))
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
