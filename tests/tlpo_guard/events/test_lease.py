"""A lease over processes: one holder, renewed while it lives, free when it does not."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tlpo_guard.errors import LeaseHeldError
from tlpo_guard.events import lease as lease_module
from tlpo_guard.events.lease import Lease
from tlpo_guard.events.store import EventStore

HOLDER = """
import sys, time
from pathlib import Path
from tlpo_guard.errors import LeaseHeldError
from tlpo_guard.events.lease import Lease
from tlpo_guard.events.store import EventStore
try:
    with Lease(EventStore(Path(sys.argv[1])), "distill", seconds=float(sys.argv[2])).held():
        print("held", flush=True)
        time.sleep(float(sys.argv[3]))
except LeaseHeldError:
    print("refused", flush=True)
"""


def hold(path: Path, seconds: float = 60.0, for_seconds: float = 60.0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(path), str(seconds), str(for_seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    store = EventStore(tmp_path / "events.sqlite3")
    yield store
    store.close()


def test_while_one_process_holds_it_no_other_does(store: EventStore) -> None:
    process = hold(store.path)
    assert said(process) == "held"
    with (
        pytest.raises(LeaseHeldError, match=rf"process {process.pid}, since .* frees itself 60 seconds"),
        Lease(store, "distill", seconds=60).held(),
    ):
        pass
    with Lease(store, "another", seconds=60).held():
        pass
    process.kill()
    process.communicate()


def test_a_killed_holder_of_this_host_is_succeeded_at_once(store: EventStore) -> None:
    process = hold(store.path)
    assert said(process) == "held"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with Lease(store, "distill", seconds=60).held():
        pass


def test_a_killed_holder_of_another_host_is_succeeded_after_its_time(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = hold(store.path, seconds=2.0)
    assert said(process) == "held"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    monkeypatch.setattr(lease_module.socket, "gethostname", lambda: "another-host")
    with pytest.raises(LeaseHeldError), Lease(store, "distill", seconds=2.0).held():
        pass
    time.sleep(2.1)
    with Lease(store, "distill", seconds=2.0).held():
        pass


def test_a_living_holder_keeps_it_beyond_its_time(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    process = hold(store.path, seconds=0.6, for_seconds=2.5)
    assert said(process) == "held"
    monkeypatch.setattr(lease_module.socket, "gethostname", lambda: "another-host")
    time.sleep(1.5)
    with pytest.raises(LeaseHeldError), Lease(store, "distill", seconds=0.6).held():
        pass
    process.communicate()
    with Lease(store, "distill", seconds=0.6).held():
        pass


def test_of_processes_that_race_one_wins(store: EventStore) -> None:
    processes = [hold(store.path, for_seconds=3.0) for _ in range(5)]
    assert sorted(map(said, processes)) == ["held", *["refused"] * 4]
    for process in processes:
        process.communicate()


def test_a_holder_learns_that_it_was_taken_away(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    paused = threading.Event()
    lease = Lease(store, "distill", seconds=0.3)
    monkeypatch.setattr(
        Lease, "_renew", lambda self, over: (paused.wait(), RENEW(self, over))
    )  # a process that is stopped
    with lease.held():
        time.sleep(0.4)
        other = Lease(store, "distill", seconds=60)
        other._acquire()
        paused.set()
        time.sleep(0.5)
        assert lease.lost
    with pytest.raises(LeaseHeldError), Lease(store, "distill", seconds=60).held():
        pass


RENEW = Lease._renew
