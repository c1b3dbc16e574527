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


async def engine_speeds(name: str, tokens: int, streams: tuple[int, ...]) -> dict[int, float]:
    """Medians for some numbers of streams, on one thread."""
    from server.engines.build import build_engine

    cache = Path("tests/.cache")
    with tempfile.TemporaryDirectory() as data:
        (Path(data) / "cache").symlink_to(cache.absolute())
        settings = load_settings(model="smollm2", engine=name, data_dir=data, torch_threads=1, kv_cache_tokens=8192)
        engine = build_engine(settings)
        engine.start()
        try:
            await speed(engine, 1, 8, "warm")
            return {
                count: statistics.median([await speed(engine, count, tokens, f"{count}-{i}") for i in range(ROUNDS)])
                for count in streams
            }
        finally:
            engine.stop()


def library_speed(tokens: int) -> float:
    """llama-cpp-python's own loop, unguarded, sampling at the same temperature."""
    import llama_cpp

    llm = llama_cpp.Llama(str(bundled_gguf()), n_ctx=2048, n_threads=1, n_threads_batch=1, verbose=False)
    endless = dict.fromkeys((0, 2, 4), -100.0)
    figures = []
    for _ in range(ROUNDS):
        arrived = []
        for _ in llm.create_chat_completion(  # type: ignore[union-attr]
            PROMPT,
            max_tokens=tokens,
            temperature=0.8,
            seed=1,
            stream=True,
            logit_bias=endless,  # type: ignore[arg-type]
        ):
            arrived.append(time.perf_counter())
        begun = arrived[1]  # behind the role
        figures.append((llm.n_tokens - 1 - prompt_tokens(llm)) / (arrived[-1] - begun))
    return statistics.median(figures)


def prompt_tokens(llm: Any) -> int:
    """Of the conversation."""
    text = f"<|im_start|>user\n{PROMPT[0]['content']}<|im_end|>\n<|im_start|>assistant\n"
    return len(llm.tokenize(text.encode(), add_bos=False, special=True))


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
    figures["llama-cpp-python, tokens/s"] = round(library_speed(asked.tokens), 1)
    ours = asyncio.run(engine_speeds("llama-cpp", asked.tokens, (1, 16)))
    figures["ours, guarded, tokens/s by streams"] = {count: round(value, 1) for count, value in ours.items()}
    figures["llama-cpp-python again, tokens/s"] = round(library_speed(asked.tokens), 1)
    if asked.transformers:
        theirs = asyncio.run(engine_speeds("transformers", asked.tokens, (1,)))
        figures["transformers, guarded, tokens/s"] = round(theirs[1], 1)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
