"""What clients see while something around the server is broken."""

import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import run_cli
from tests.server.conftest import Server, start_small
from tests.server.test_durability import add_random_adapter
from tlpo_guard.events.store import EventStore

HEADERS = {"Authorization": "Bearer secret-of-the-tests"}
DRIFTING = {
    "model": "smollm2",
    "messages": [{"role": "user", "content": "스트레스를 다루는 방법은 무엇인가요?"}],
    "temperature": 1.0,
    "guard": {"mode": "mask", "allow_english": False},
}
BUSY_SECONDS = 5


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, small_model: Path) -> Iterator[Server]:
    """A server of this module's own, one answer at a time: its store and its connections are ill-treated."""
    server = start_small(tmp_path_factory.mktemp("faults") / "data", small_model, "--max-concurrent", "1")
    yield server
    server.kill()


def answer(server: Server, *, stream: bool = False, seed: int = 0, max_tokens: int = 12) -> dict[str, Any]:
    """The answer, or a stream's last chunk; its `guard` tells how many events there are."""
    body = DRIFTING | {"seed": seed, "stream": stream, "max_tokens": max_tokens}
    response = httpx.post(f"{server.url}/v1/chat/completions", json=body, headers=HEADERS, timeout=60)
    assert response.status_code == 200, response.text
    if not stream:
        whole: dict[str, Any] = response.json()
        assert whole["choices"][0]["message"]["content"]
        return whole
    *frames, done = response.text.strip().split("\n\n")
    assert done == "data: [DONE]"
    last: dict[str, Any] = json.loads(frames[-1].removeprefix("data: "))
    return last


def health(server: Server) -> dict[str, Any]:
    response = httpx.get(f"{server.url}/health", timeout=10)
    assert response.status_code == 200
    figures: dict[str, Any] = response.json()
    return figures


def kept(server: Server, request_id: str) -> int:
    with closing(EventStore(server.data_dir / "events.sqlite3")) as store:
        return len(list(store.iter(request_id=request_id)))


def log(server: Server) -> str:
    return (server.data_dir / "server.log").read_text(errors="replace")


def eventually(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@contextmanager
def connected(server: Server) -> Iterator[sqlite3.Connection]:
    """Another process's view of the store, as far as SQLite is concerned."""
    with closing(sqlite3.connect(server.data_dir / "events.sqlite3", timeout=10, check_same_thread=False)) as other:
        other.isolation_level = None
        yield other


@contextmanager
def without_table(server: Server) -> Iterator[None]:
    with connected(server) as other:
        other.execute("ALTER TABLE events RENAME TO gone")
        try:
            yield
        finally:
            other.execute("ALTER TABLE gone RENAME TO events")


@pytest.mark.parametrize("stream", [False, True])
def test_answers_go_out_while_the_store_fails_and_the_failure_is_counted(running: Server, stream: bool) -> None:
    before = health(running)
    with without_table(running):
        lost = answer(running, stream=stream)
        during = health(running)
    assert lost["guard"]["events"] > 0
    assert during["events_failed"] == before["events_failed"] + lost["guard"]["events"]
    assert during["commit_failures"] == before["commit_failures"] + 1
    assert during["events_written"] == before["events_written"]
    assert during["status"] == "ok"
    assert f"events of request {lost['id']} could not be stored" in log(running)
    after = answer(running, stream=stream)
    assert kept(running, after["id"]) == after["guard"]["events"] > 0
    assert kept(running, lost["id"]) == 0
    assert health(running)["events_failed"] == during["events_failed"]


def test_a_store_that_another_process_holds_delays_an_answer_no_longer_than_its_timeout(running: Server) -> None:
    before = health(running)
    began = time.monotonic()
    answer(running, seed=1, max_tokens=32)
    usual = time.monotonic() - began
    with connected(running) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        late = answer(running, seed=1, max_tokens=32)
        took = time.monotonic() - began
        assert eventually(lambda: health(running)["events_pending"] == 0, 3 * BUSY_SECONDS)
        other.execute("ROLLBACK")
    # The first event waits for the lock while the others queue up behind it: the store takes twice the timeout.
    assert late["guard"]["events"] > 1
    assert BUSY_SECONDS - 1 < took < usual + BUSY_SECONDS + 2.5
    assert health(running)["events_failed"] == before["events_failed"] + late["guard"]["events"]
    assert f"events of request {late['id']} could not be stored" in log(running)
    after = answer(running, seed=1)
    assert kept(running, after["id"]) == after["guard"]["events"] > 0


def test_a_store_that_is_held_for_a_moment_loses_nothing(running: Server) -> None:
    before = health(running)
    with connected(running) as other:
        other.execute("BEGIN EXCLUSIVE")
        release = threading.Timer(3.0, lambda: other.execute("ROLLBACK"))
        release.start()
        whole = answer(running, seed=2)
        release.join()
    assert kept(running, whole["id"]) == whole["guard"]["events"] > 0
    assert health(running)["events_failed"] == before["events_failed"]


def test_a_client_that_leaves_gives_its_place_back(running: Server, small_model: Path) -> None:
    long = DRIFTING | {"stream": True, "max_tokens": 4_000, "temperature": 2.0, "seed": 1, "guard": {"mode": "off"}}
    url = f"{running.url}/v1/chat/completions"
    for _ in range(3):  # each waits for the place of the one before
        with httpx.stream("POST", url, json=long, headers=HEADERS, timeout=30) as response:
            frames = response.iter_lines()
            started = [next(frames) for _ in range(6)]
        assert started[0].startswith("data: ")
    assert answer(running)["guard"]["events"] > 0
    # A swap waits for every answer under way; of an abandoned one it would wait for all of its tokens.
    version = add_random_adapter(running.data_dir, small_model)
    assert eventually(lambda: health(running)["adapter"] == version, 15)
    assert answer(running)["system_fingerprint"].endswith(f"-{version}")


def test_a_port_that_is_taken_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_cli("serve", "--data-dir", str(tmp_path / "data"), "--port", str(port))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"error: cannot listen on 127.0.0.1:{port} (Address already in use);"
        " stop what uses it or choose another --port\n"
    )
    assert not (tmp_path / "data").exists()


def test_an_address_of_another_machine_is_refused_in_one_line(tmp_path: Path) -> None:
    ended = run_cli("serve", "--data-dir", str(tmp_path / "data"), "--host", "203.0.113.1", "--port", "0")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("error: cannot listen on 203.0.113.1:0 (")
    assert ended.stderr.count("\n") == 1


def test_a_second_server_on_the_port_is_told_so(running: Server, tmp_path: Path) -> None:
    ended = run_cli("serve", "--data-dir", str(tmp_path / "data"), "--port", running.url.rsplit(":", 1)[1])
    assert ended.returncode == 1
    assert "Address already in use" in ended.stderr
