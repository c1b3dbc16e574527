"""Many connections that behave badly, and what they leave behind. `python -m benchmarks.load --help`."""

import asyncio
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import httpx
import psutil
import typer

from tlpo_guard.events.store import EventStore

PROMPTS = ["스트레스를 다루는 방법은 무엇인가요?", "Как лучше спать?", "¿Cómo ahorrar agua?", "What is rain?"]
WARM_ROUNDS = 4
LARGE = 100_000  # bytes that the server takes
CALM_SECONDS = 30
IDLE_SECONDS = 6.0  # idle connections are closed after five


@dataclass
class Tally:
    """What became of the requests, and the events of those that were answered."""

    outcomes: Counter[str] = field(default_factory=Counter)
    events: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Footprint:
    """What a server holds."""

    rss: int
    files: int
    threads: int


def main(
    connections: Annotated[int, typer.Option(help="Connections at a time.")] = 500,
    seconds: Annotated[float, typer.Option(help="How long.")] = 60.0,
) -> None:
    """Plain, streamed, abandoned, slow and oversized requests at once; exits with 1 where anything is left or lost."""
    with tempfile.TemporaryDirectory() as folder:
        problems = run(Path(folder), connections, seconds)
    for problem in problems:
        print(f"FAILED: {problem}")
    raise SystemExit(bool(problems))


def started(arguments: list[str], log: Path) -> "subprocess.Popen[bytes]":
    """The program, whose output goes into a file."""
    with log.open("wb") as out:
        return subprocess.Popen([sys.executable, "-m", "tlpo_guard", *arguments], stdout=out, stderr=subprocess.STDOUT)


def run(data: Path, connections: int, seconds: float, start: Callable[[list[str], Path], Any] = started) -> list[str]:
    """Put the load on a server of our own; what is wrong afterwards.

    Args:
        start: starts the program, as `started` does.
    """
    log = data / "server.log"
    command = ["serve", "--port", "0", "--strict", "--data-dir", str(data), "--send-timeout-seconds", "5"]
    flags = ["--max-concurrent", "16", "--max-queue", "128", "--max-body-bytes", str(LARGE), "--log-level", "warning"]
    with start([*command, *flags], log) as process:
        try:
            url = _url(process, log)
            before = _warmed(url, process.pid, connections, min(seconds, max(5.0, seconds / 4)))
            tally = _load(url, connections, seconds)
            after = _settled(url, process.pid, before)
            health = httpx.get(f"{url}/health", timeout=30).json()
        finally:
            process.terminate()
    for name, count in sorted(tally.outcomes.items()):
        print(f"{name}: {count}")
    print(f"before {before}; after {after}; RSS {after.rss / before.rss - 1:+.1%}")
    return _problems(data, tally, before, after, health)


def _warmed(url: str, pid: int, connections: int, seconds: float) -> Footprint:
    """Once caches are full, and threads and their connections to the log are there; a server that leaks never gets so far."""
    before = _footprint(pid)
    for _ in range(WARM_ROUNDS):
        _load(url, connections, seconds)
        after = _settled(url, pid, before)
        if (after.files, after.threads) == (before.files, before.threads):
            break
        before = after
    return after


def _problems(data: Path, tally: Tally, before: Footprint, after: Footprint, health: dict[str, Any]) -> list[str]:
    out = [f"{name}: {count}" for name, count in tally.outcomes.items() if name.startswith("status 5")]
    out += [
        f"{name} is {health[name]}" for name in ("running", "waiting", "engine_rows", "events_pending") if health[name]
    ]
    out += [f"{name} is {health[name]}" for name in ("guard_faults", "events_dropped", "events_failed") if health[name]]
    if after.rss > before.rss * 1.1:
        out.append(f"RSS grew from {before.rss} to {after.rss}")
    if after.files > before.files:
        out.append(f"open files grew from {before.files} to {after.files}")
    if after.threads > before.threads:
        out.append(f"threads grew from {before.threads} to {after.threads}")
    with closing(EventStore(data / "events.sqlite3")) as store:
        kept = {name: sum(1 for _ in store.iter(request_id=name)) for name in tally.events}
    lost = {name for name, count in tally.events.items() if kept[name] < count}
    print(
        f"answers completed: {len(tally.events)}, their events: {sum(tally.events.values())}, lost of {len(lost)} answers"
    )
    return out + ([f"events of {len(lost)} completed answers are missing"] if lost else [])


def _url(process: "subprocess.Popen[bytes]", log: Path) -> str:
    while "serving" not in (text := log.read_text(errors="replace")):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended:\n{text}")
        time.sleep(0.3)
    url = text.split(" on http", 1)[1].split("/v1", 1)[0]
    url = f"http{url}"
    while True:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/ready", timeout=5).status_code == 200:
                return url
        time.sleep(0.3)


def _settled(url: str, pid: int, before: Footprint) -> Footprint:
    """What the server holds when nothing is under way any more, and its idle connections are closed."""
    deadline = time.monotonic() + CALM_SECONDS
    while time.monotonic() < deadline:
        told = httpx.get(f"{url}/health", timeout=30).json()
        if not (told["running"] or told["waiting"] or told["engine_rows"]):
            break
        time.sleep(0.2)
    deadline = time.monotonic() + IDLE_SECONDS
    while (found := _footprint(pid)).files > before.files or found.threads > before.threads:
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    return found


def _footprint(pid: int) -> Footprint:
    server = psutil.Process(pid)
    # SQLite opens these when a connection first reads, which may be late; a connection itself is seen by its database file.
    beside = sum(file.path.endswith(("-wal", "-shm")) for file in server.open_files())
    return Footprint(server.memory_info().rss, server.num_fds() - beside, server.num_threads())


def _load(url: str, connections: int, seconds: float) -> Tally:
    tally = Tally()
    host, port = url.removeprefix("http://").split(":")
    deadline = time.monotonic() + seconds
    acts: list[Callable[..., Awaitable[str]]] = [
        _plain,
        _plain,
        _stream,
        _stream,
        _leave,
        _leave,
        _slow,
        _large,
        _broken,
    ]

    async def client(number: int) -> None:
        dice = random.Random(number)
        while time.monotonic() < deadline:
            act = dice.choice(acts)
            try:
                outcome = await asyncio.wait_for(act(_Connection(host, int(port)), dice, tally), 120)
            except TimeoutError:
                outcome = "no answer in 120 seconds"
            except (ConnectionError, asyncio.IncompleteReadError):
                outcome = "connection closed"
            tally.outcomes[f"status {outcome}" if outcome.isdigit() else outcome] += 1
            if outcome == "429":
                await asyncio.sleep(dice.random())

    async def all_of_them() -> None:
        await asyncio.gather(*(client(number) for number in range(connections)))

    asyncio.run(all_of_them())
    return tally


class _Connection:
    """HTTP by hand: a library would be too polite."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port

    async def __aenter__(self) -> "_Connection":
        self.reader, self.writer = await asyncio.open_connection(*self._address, limit=2**20)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def send(self, body: bytes, length: int | None = None) -> None:
        """A request, with a length that may be a lie."""
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length or len(body)}\r\n"
        self.writer.write(f"{head}Content-Type: application/json\r\nConnection: close\r\n\r\n".encode() + body)
        await self.writer.drain()

    async def status(self) -> str:
        """The status of the response, its headers read."""
        line = await self.reader.readline()
        while (await self.reader.readline()).strip():
            pass
        return line.split()[1].decode() if line else "connection closed"


def _body(dice: random.Random, *, stream: bool, tokens: int = 12) -> bytes:
    talk = [{"role": "user", "content": dice.choice(PROMPTS)}]
    mode = dice.choice(["off", "observe", "mask", "rewind"])
    body = {"model": "smollm2", "messages": talk, "max_tokens": tokens, "stream": stream, "guard": {"mode": mode}}
    return json.dumps(body | {"seed": dice.randrange(10**6)}).encode()


def _note(text: str, tally: Tally) -> None:
    """Remember a completed answer's id and how many events it told of."""
    found = re.search(r'"id": ?"(chatcmpl-\w+)"', text)
    events = re.findall(r'"events": ?(\d+)', text)
    if found and events:
        tally.events[found.group(1)] = int(events[-1])


async def _plain(connection: _Connection, dice: random.Random, tally: Tally) -> str:
    async with connection:
        await connection.send(_body(dice, stream=False))
        status = await connection.status()
        text = (await connection.reader.read()).decode(errors="replace")
        if status == "200":
            _note(text, tally)
        return status


async def _stream(connection: _Connection, dice: random.Random, tally: Tally) -> str:
    async with connection:
        await connection.send(_body(dice, stream=True))
        status = await connection.status()
        text = (await connection.reader.read()).decode(errors="replace")
        if status == "200" and "[DONE]" in text:
            _note(text, tally)
        return status


async def _leave(connection: _Connection, dice: random.Random, tally: Tally) -> str:
    async with connection:
        await connection.send(_body(dice, stream=dice.random() < 0.7, tokens=400))
        await asyncio.sleep(dice.random() * 2)
    return "left early"


async def _slow(connection: _Connection, dice: random.Random, tally: Tally) -> str:
    async with connection:
        await connection.send(_body(dice, stream=True, tokens=40))
        status = await connection.status()
        for _ in range(dice.randrange(20)):
            await connection.reader.read(16)
            await asyncio.sleep(0.2)
        return f"read slowly, {status}"


async def _large(connection: _Connection, dice: random.Random, tally: Tally) -> str:
    async with connection:
        with suppress(ConnectionError):
            await connection.send(b"x" * (2 * LARGE if dice.random() < 0.5 else 1000), 2 * LARGE)
        return await connection.status()


async def _broken(connection: _Connection, dice: random.Random, tally: Tally) -> str:
    async with connection:
        await connection.send(dice.choice([b'{"model": ', b"\xff\xfe", b"[]", b'{"model": "smollm2"}']))
        return await connection.status()


if __name__ == "__main__":
    typer.run(main)
