"""What one key's worst requests cost another key. `python -m benchmarks.hostile --help`."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from tlpo_guard.keys import key_hash

KEYS = "\n".join(f'[[keys]]\nname = "{name}"\nhash = "{key_hash(name)}"' for name in ("victim", "attacker"))
ENDLESS = {"0": -100, "2": -100}
CHAT = "/v1/chat/completions"
HEALTH_LIMIT, GAP_LIMIT = 0.1, 0.3  # seconds

Attack = Callable[[httpx.AsyncClient], Awaitable[object]]


@dataclass
class Waits:
    """Seconds that the victim waited."""

    health: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)


def chat(*contents: str, **more: Any) -> dict[str, Any]:
    """A body with these messages."""
    messages = [{"role": "user", "content": content} for content in contents]
    return {"model": "smollm2", "messages": messages, "max_tokens": 16, **more}


def post(path: str, body: dict[str, Any], times: int = 1) -> Attack:
    """Send a body, some times at once."""
    data = json.dumps(body).encode()

    async def attack(client: httpx.AsyncClient) -> None:
        headers = {"Content-Type": "application/json"}
        await asyncio.gather(*(client.post(path, content=data, headers=headers) for _ in range(times)))

    return attack


def half_sent(times: int) -> Attack:
    """Connections that begin a request and go no further."""

    async def attack(client: httpx.AsyncClient) -> None:
        url = client.base_url
        writers = []
        for _ in range(times):
            with suppress(OSError):
                _, writer = await asyncio.open_connection(url.host, url.port)
                writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
                writers.append(writer)
        await asyncio.sleep(1)
        for writer in writers:
            writer.close()

    return attack


def schema_body(multiple: int = 999_983) -> dict[str, Any]:
    """A small schema that takes minutes to compile."""
    number = {"type": "integer", "multipleOf": multiple}
    schema = {"type": "object", "properties": {"a": number}, "required": ["a"]}
    return chat("Hi", n=2, response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": schema}})


def new_schemas(times: int) -> Attack:
    """Such a schema, another one each time."""
    numbers = count()

    async def attack(client: httpx.AsyncClient) -> None:
        bodies = [schema_body(999_983 - 2 * next(numbers)) for _ in range(times)]
        await asyncio.gather(*(client.post(CHAT, json=body) for body in bodies))

    return attack


WORDS = "What is the Chinese word for tea, and why? Answer in German, please. "

ATTACKS: dict[str, Attack] = {
    "nothing": half_sent(0),
    "4 MB of one letter": post(CHAT, chat("a" * 4_000_000)),
    "one letter, as long as is read": post(CHAT, chat("a" * 130_000)),
    "words, as long as is read": post(CHAT, chat(WORDS * 1_800), 2),
    "400 KB of system messages": post(CHAT, {**chat(), "messages": [{"role": "system", "content": WORDS * 3}] * 2_000}),
    "4,096 empty messages and 4 MB": post(CHAT, chat(*["x" * 1_000] * 4_000)),
    "4 MB to /tokenize": post("/tokenize", {"prompt": "a" * 4_000_000}),
    "4 MB to explain": post("/v1/guard/explain", {"prompt": WORDS * 50_000}),
    "explain, as long as is read": post("/v1/guard/explain", {"prompt": WORDS * 1_800}, 2),
    "a schema that takes for ever": post(CHAT, schema_body()),
    "another such schema each time": new_schemas(2),
    "eight wide requests": post(CHAT, chat("Hi", n=16, max_tokens=64, logit_bias=ENDLESS), 8),
    "300 requests at once": post(CHAT, chat("Hi", max_tokens=64, logit_bias=ENDLESS), 300),
    "1,500 half-sent requests": half_sent(1_500),
}


def main(
    seconds: Annotated[float, typer.Option(help="How long each attack is repeated.")] = 6.0,
    only: Annotated[str, typer.Option(help="Only attacks with this in their names.")] = "",
    attack: Annotated[str, typer.Option(hidden=True)] = "",
    url: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Attack a server of our own with one key and time another's; exits with 1 where it waited too long."""
    if attack:
        asyncio.run(_attack(url, ATTACKS[attack], seconds))
        return
    failed = False
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as served:
        print(f"{'attack':<34} health ms: median, worst   stream gap ms: median, worst")
        for name in ATTACKS:
            if only in name:
                waits = asyncio.run(_measure(served, name, seconds))
                health, gaps = sorted(waits.health), sorted(waits.gaps)
                figures = [values[place] * 1e3 for values in (health, gaps) for place in (len(values) // 2, -1)]
                late = health[-1] > HEALTH_LIMIT or gaps[-1] > GAP_LIMIT
                failed |= late
                print(f"{name:<34} {figures[0]:8.1f} {figures[1]:8.1f} {figures[2]:18.1f} {figures[3]:8.1f}", end="")
                print("   LATE" if late else "", flush=True)
    raise SystemExit(failed)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    (folder / "keys.toml").write_text(KEYS)
    log, data = folder / "server.log", folder / "data"
    command = [sys.executable, "-m", "tlpo_guard", "serve", "--port", "0", "--data-dir", str(data)]
    flags = ["--keys-file", str(folder / "keys.toml"), "--log-level", "error", "--max-concurrent", "8"]
    with log.open("wb") as out, subprocess.Popen([*command, *flags], stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            while "\nserving " not in (text := log.read_text(errors="replace")):
                if process.poll() is not None:
                    raise RuntimeError(f"the server ended:\n{text}")
                time.sleep(0.3)
            url = text.split("\nserving ", 1)[1].split(" on ", 1)[1].split("/v1", 1)[0]
            while True:
                with suppress(httpx.TransportError):
                    if httpx.get(f"{url}/ready", timeout=5).status_code == 200:
                        break
                time.sleep(0.3)
            yield url
        finally:
            process.terminate()


async def _attack(url: str, attack: Attack, seconds: float) -> None:
    async with _client(url, "attacker") as client:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(httpx.TransportError):
                await attack(client)
            await asyncio.sleep(0.1)


async def _measure(url: str, name: str, seconds: float) -> Waits:
    waits = Waits()
    async with _client(url, "victim") as victim:
        begun = asyncio.Event()
        watching = [asyncio.create_task(_stream(victim, waits, begun)), asyncio.create_task(_health(victim, waits))]
        await begun.wait()
        waits.health.clear()
        # In a process of its own: what the attacker's client computes is not the server's doing.
        command = [sys.executable, "-m", "benchmarks.hostile", "--attack", name, "--url", url]
        attacking = await asyncio.create_subprocess_exec(*command, "--seconds", str(seconds))
        await attacking.wait()
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    return waits


@asynccontextmanager
async def _client(url: str, key: str) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=1_000)
    async with httpx.AsyncClient(base_url=url, headers={"X-Api-Key": key}, timeout=120, limits=limits) as client:
        yield client


async def _stream(client: httpx.AsyncClient, waits: Waits, begun: asyncio.Event) -> None:
    while True:
        body = chat(
            "Tell me a long story.", stream=True, logit_bias=ENDLESS, max_tokens=4_000, guard={"languages": ["en"]}
        )
        async with client.stream("POST", CHAT, json=body) as answer:
            last = 0.0
            async for line in answer.aiter_lines():
                if '"content"' in line:
                    now = time.perf_counter()
                    if begun.is_set() and last:
                        waits.gaps.append(now - last)
                    begun.set()
                    last = now


async def _health(client: httpx.AsyncClient, waits: Waits) -> None:
    while True:
        began = time.perf_counter()
        await client.get("/health")
        waits.health.append(time.perf_counter() - began)
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    typer.run(main)
