"""Faults, one by one: what clients see, and what is kept. The table is docs/reliability.md."""

import json
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.conftest import Server, start, start_small
from tests.server.test_durability import add_random_adapter
from tlpo_guard.events.store import EventStore
from tlpo_guard.registry import open_registry

ADMIN = {"X-Api-Key": "a-key-of-the-admin"}
HEADERS = {"Authorization": "Bearer secret-of-the-tests"}
DRIFTING: dict[str, Any] = {
    "model": "smollm2",
    "messages": [{"role": "user", "content": "스트레스를 다루는 방법은 무엇인가요?"}],
    "max_tokens": 16,
    "guard": {"mode": "mask", "allow_english": False},
}
STREAMS = 8
NEVER_ENDS = {"0": -100, "2": -100}  # the model's tokens that end an answer

GUARD_RAISES = """
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.rows import GuardRows
def broken(*_, **__):
    raise RuntimeError("broken on purpose")
GuardRows.of = Guard.drifts = Guard.advance = Guard.take = broken
"""
SAMPLING_RAISES = """
from tlpo_guard.generation import sampler
real, calls = sampler.draw, []
def broken(*args):
    calls.append(1)
    if len(calls) == 20:
        raise RuntimeError("broken on purpose")
    return real(*args)
sampler.draw = broken
"""
STARTS_ANEW_LATE = """
import asyncio
from server.engines.restarts import Restarts
real_init = Restarts.__init__
def init(self, running, start):
    async def late():
        await asyncio.sleep(5)
        await start()
    real_init(self, running, late)
Restarts.__init__ = init
"""
DISK_FULL = """
import sqlalchemy
from tlpo_guard.events.database import Database
real = Database._connect
def small(self):
    engine = real(self)
    @sqlalchemy.event.listens_for(engine, "connect")
    def _limit(connection, _):
        connection.execute("PRAGMA max_page_count=1")  # nothing more fits: SQLite says `database or disk is full`
    return engine
Database._connect = small
"""
JUMP_SECONDS = 20 * 365 * 86_400
CLOCK_JUMPS = f"""
import datetime, pathlib, sys, time
from server import app
from server.operations import retention
jump = pathlib.Path(sys.argv[sys.argv.index("--data-dir") + 1]) / "jump"
real, first = time.time, time.monotonic()
def ahead():  # and further every moment, so that it is never twice the same
    return {JUMP_SECONDS} + 86_400 * (time.monotonic() - first) if jump.exists() else 0
class Jumping(datetime.datetime):
    @classmethod
    def now(cls, zone=None):
        return datetime.datetime.now(zone) + datetime.timedelta(seconds=ahead())
time.time = lambda: real() + ahead()
for name, module in list(sys.modules.items()):
    if name.startswith(("server.", "tlpo_guard.")) and getattr(module, "datetime", None) is datetime.datetime:
        module.datetime = Jumping
retention.keep_retention.__kwdefaults__["interval_seconds"] = 0.2
"""


def ask(server: Server, **change: Any) -> httpx.Response:
    return httpx.post(f"{server.url}/v1/chat/completions", json=DRIFTING | change, headers=HEADERS, timeout=60)


def health(server: Server) -> Any:
    return httpx.get(f"{server.url}/health", timeout=10).json()


def kept(server: Server) -> dict[str, int]:
    """Events in the store by request."""
    out: dict[str, int] = {}
    with closing(EventStore(server.data_dir / "events.sqlite3")) as store:
        for event in store.iter():
            out[event.request_id] = out.get(event.request_id, 0) + 1
    return out


class Streams:
    """Streams in threads: what each brought, and how it ended."""

    def __init__(self, server: Server, count: int, **change: Any) -> None:
        self.ends: list[str] = []
        self.completed: dict[str, int] = {}
        body = DRIFTING | {"stream": True} | change
        self._threads = [threading.Thread(target=self._one, args=(server, body | {"seed": i})) for i in range(count)]
        for thread in self._threads:
            thread.start()

    def _one(self, server: Server, body: dict[str, Any]) -> None:
        try:
            with httpx.stream(
                "POST", f"{server.url}/v1/chat/completions", json=body, headers=HEADERS, timeout=90
            ) as answer:
                frames = [line.removeprefix("data: ") for line in answer.iter_lines() if line]
        except httpx.HTTPError as exc:
            self.ends.append(type(exc).__name__)
            return
        if frames and frames[-1] == "[DONE]":
            last = json.loads(frames[-2])
            self.completed[last["id"]] = last["guard"]["events"]
        self.ends.append("done" if frames[-1] == "[DONE]" else "error" if "error" in frames[-1] else "cut")

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


def test_a_guard_that_raises_costs_no_answer(tmp_path: Path, small_model: Path) -> None:
    server = start_small(tmp_path / "data", small_model, prelude=GUARD_RAISES)
    try:
        answers = [ask(server), ask(server, guard={"mode": "rewind", "languages": ["es"]})]
        faults = health(server)["guard_faults"]
    finally:
        server.kill()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all(answer.json()["choices"][0]["message"]["content"] for answer in answers)
    assert faults >= 2 * 16
    assert "broken on purpose" in (server.data_dir / "server.log").read_text()


def test_an_engine_that_fails_is_told_at_once_and_starts_anew(tmp_path: Path, model_cache: Path) -> None:
    server = start(tmp_path / "data", model_cache, prelude=SAMPLING_RAISES + STARTS_ANEW_LATE)
    try:
        broken = ask(server, max_tokens=64, logit_bias=NEVER_ENDS)
        told = httpx.get(f"{server.url}/ready", timeout=10)
        while not httpx.get(f"{server.url}/ready", timeout=10).json()["ready"]:
            time.sleep(0.1)
        after, figures = ask(server), health(server)
    finally:
        server.kill()
    assert (broken.status_code, broken.json()["error"]["code"]) == (500, "engine_error")
    assert (told.status_code, told.json()["reason"]) == (503, "engine stopped")
    assert (after.status_code, figures["status"], figures["engine_restarts"]) == (200, "ok", 1)
    assert kept(server)[after.json()["id"]] == after.json()["guard"]["events"] > 0


def test_a_full_disk_costs_events_and_no_answer(tmp_path: Path, small_model: Path) -> None:
    first = start_small(tmp_path / "data", small_model)
    before = ask(first, seed=1)
    first.stop()
    server = start_small(tmp_path / "data", small_model, prelude=DISK_FULL)
    try:
        answers = [ask(server, seed=seed, max_tokens=32) for seed in range(4)]
        told = health(server)
    finally:
        server.kill()
    assert [answer.status_code for answer in answers] == [200] * 4
    lost = sum(answer.json()["guard"]["events"] for answer in answers)
    assert told["events_failed"] + told["events_written"] == lost
    assert told["events_failed"] > 0 and told["commit_failures"] > 0
    assert kept(server)[before.json()["id"]] == before.json()["guard"]["events"] > 0


def test_an_adapter_for_another_base_is_refused_and_the_old_one_serves(tmp_path: Path, small_model: Path) -> None:
    data = tmp_path / "data"
    name = add_random_adapter(data, small_model)
    lineage = data / "adapters" / name / "lineage.json"
    lineage.write_text(json.dumps(json.loads(lineage.read_text()) | {"base_fingerprint": "of another base"}))
    server = start_small(data, small_model, "--admin-key", ADMIN["X-Api-Key"])
    try:
        body = DRIFTING | {"model": f"smollm2@{name}"}
        pinned = httpx.post(f"{server.url}/v1/chat/completions", json=body, headers=ADMIN, timeout=60)
        answer, told = ask(server), health(server)
    finally:
        server.kill()
    assert answer.json()["system_fingerprint"].endswith("-base")
    assert (pinned.status_code, pinned.json()["error"]["code"]) == (409, "adapter_unavailable")
    assert (told["adapter"], told["status"]) == ("base", "ok")
    assert told["swap_failures"] >= 1
    assert open_registry(data / "adapters").current() == name


def test_sigterm_lets_answers_end_and_takes_no_new_ones(tmp_path: Path, small_model: Path) -> None:
    server = start_small(tmp_path / "data", small_model, "--drain-seconds", "60")
    streams = Streams(server, STREAMS, max_tokens=48)
    wait_for_rows(server, STREAMS)
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    try:
        late = ask(server).status_code
    except httpx.TransportError:
        late = 503  # the port is closed already
    streams.join()
    assert server.process.wait(timeout=90) in (0, -signal.SIGTERM)
    assert (streams.ends, late) == (["done"] * STREAMS, 503)
    stored = kept(server)
    assert all(stored.get(name, 0) == events for name, events in streams.completed.items())


def test_answers_that_outlast_the_drain_end_with_an_error_and_not_in_silence(tmp_path: Path, small_model: Path) -> None:
    server = start_small(tmp_path / "data", small_model, "--drain-seconds", "1")
    streams = Streams(server, STREAMS, max_tokens=2_000, logit_bias={"2": -100})
    wait_for_rows(server, STREAMS)
    server.process.send_signal(signal.SIGTERM)
    streams.join()
    assert server.process.wait(timeout=60) in (0, -signal.SIGTERM)
    assert streams.ends == ["error"] * STREAMS


def test_sigkill_under_load_loses_no_event_of_a_completed_answer(tmp_path: Path, small_model: Path) -> None:
    server = start_small(tmp_path / "data", small_model)
    streams = [Streams(server, 4, max_tokens=length) for length in (4, 12, 400)]
    deadline = time.monotonic() + 60
    while sum(len(one.completed) for one in streams) < 6 and time.monotonic() < deadline:
        time.sleep(0.01)
    server.process.send_signal(signal.SIGKILL)
    for one in streams:
        one.join()
    server.process.wait()
    completed = {name: events for one in streams for name, events in one.completed.items()}
    assert len(completed) >= 6
    again = start_small(tmp_path / "data", small_model)
    answer = ask(again)
    again.kill()
    stored = kept(server)
    assert answer.status_code == 200
    assert all(stored.get(name, 0) == events for name, events in completed.items())


def test_a_clock_that_jumps_neither_ends_answers_nor_deletes_events(tmp_path: Path, small_model: Path) -> None:
    flags = ("--retention-days", "1", "--deadline-seconds", "30")
    server = start_small(tmp_path / "data", small_model, *flags, prelude=CLOCK_JUMPS)
    log, jump = server.data_dir / "server.log", server.data_dir / "jump"
    try:
        answers = [ask(server)]
        with ThreadPoolExecutor(1) as pool:
            under_way = pool.submit(ask, server, seed=1, max_tokens=64, logit_bias=NEVER_ENDS)
            wait_for(lambda: health(server)["engine_rows"] >= 1)
            jump.touch()
            answers.append(under_way.result())
        answers.append(ask(server, seed=2))
        wait_for(lambda: "the clock jumped by +63" in log.read_text())
        jump.unlink()
        answers.append(ask(server, seed=3))
        time.sleep(1)  # the retention comes by again
    finally:
        server.kill()
    assert [answer.status_code for answer in answers] == [200] * 4
    created = [answer.json()["created"] for answer in answers]
    assert created[2] - created[0] > JUMP_SECONDS > 3_600 > created[3] - created[0]
    assert not any(answer.json()["guard"]["deadline_exceeded"] for answer in answers)
    stored = kept(server)
    events = [answer.json()["guard"]["events"] for answer in answers]
    assert [stored.get(answer.json()["id"], 0) for answer in answers] == events
    assert all(events)


def test_the_deadline_ends_an_answer_with_what_is_written(tmp_path: Path, small_model: Path) -> None:
    server = start_small(tmp_path / "data", small_model, "--deadline-seconds", "2")
    try:
        answer = ask(server, max_tokens=2_000, logit_bias={"2": -100})
    finally:
        server.kill()
    choice = answer.json()["choices"][0]
    assert (answer.status_code, choice["finish_reason"]) == (200, "length")
    assert answer.json()["guard"]["deadline_exceeded"]
    assert choice["message"]["content"]


def wait_for_rows(server: Server, rows: int) -> None:
    wait_for(lambda: health(server)["engine_rows"] >= rows)


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not happened():
        if time.monotonic() > until:
            pytest.fail("it did not happen within a minute")
        time.sleep(0.02)
