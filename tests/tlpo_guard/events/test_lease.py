"""A lease over processes: one holder, renewed while it lives, free when it does not."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.processes import WarmProcess, start_code
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
    with Lease(EventStore(Path(sys.argv[1])).leases, "distill", seconds=float(sys.argv[2])).held() as lease:
        print("held", flush=True)
        until = time.monotonic() + float(sys.argv[3])
        while time.monotonic() < until and not lease.lost:
            time.sleep(0.05)
        print("lost" if lease.lost else "kept", flush=True)
except LeaseHeldError:
    print("refused", flush=True)
"""


def hold(path: Path, seconds: float = 60.0, for_seconds: float = 60.0) -> WarmProcess:
    return start_code(HOLDER, str(path), str(seconds), str(for_seconds))


def said(process: WarmProcess) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    store = EventStore(tmp_path / "events.sqlite3")
    yield store
    store.close()


def change(store: EventStore, statement: str) -> None:
    with closing(sqlite3.connect(store.path, timeout=10)) as connection:
        connection.execute(statement)
        connection.commit()


def test_while_one_process_holds_it_no_other_does(store: EventStore) -> None:
    process = hold(store.path)
    assert said(process) == "held"
    with (
        pytest.raises(LeaseHeldError, match=rf"process {process.pid}, since .* frees itself 60 seconds"),
        Lease(store.leases, "distill", seconds=60).held(),
    ):
        pass
    with Lease(store.leases, "another", seconds=60).held():
        pass
    process.kill()
    process.communicate()


def test_a_killed_holder_of_this_host_is_succeeded_at_once(store: EventStore) -> None:
    process = hold(store.path)
    assert said(process) == "held"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with Lease(store.leases, "distill", seconds=60).held():
        pass


def test_a_killed_holder_of_another_host_is_succeeded_after_its_time(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = hold(store.path, seconds=2.0)
    assert said(process) == "held"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    monkeypatch.setattr(lease_module.socket, "gethostname", lambda: "another-host")
    with pytest.raises(LeaseHeldError), Lease(store.leases, "distill", seconds=2.0).held():
        pass
    time.sleep(2.1)
    with Lease(store.leases, "distill", seconds=2.0).held():
        pass


def test_a_living_holder_keeps_it_beyond_its_time(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    process = hold(store.path, seconds=0.6, for_seconds=2.5)
    assert said(process) == "held"
    monkeypatch.setattr(lease_module.socket, "gethostname", lambda: "another-host")
    time.sleep(1.5)
    with pytest.raises(LeaseHeldError), Lease(store.leases, "distill", seconds=0.6).held():
        pass
    process.communicate()
    with Lease(store.leases, "distill", seconds=0.6).held():
        pass


def test_of_processes_that_race_one_wins(store: EventStore) -> None:
    processes = [hold(store.path, for_seconds=3.0) for _ in range(5)]
    assert sorted(map(said, processes)) == ["held", *["refused"] * 4]
    for process in processes:
        process.communicate()


def test_of_processes_that_race_for_a_dead_ones_lease_one_wins(store: EventStore) -> None:
    process = hold(store.path)
    assert said(process) == "held"
    process.kill()
    process.communicate()
    test_of_processes_that_race_one_wins(store)


def test_a_process_that_has_the_id_of_a_dead_holder_is_not_taken_for_it(store: EventStore) -> None:
    process = hold(store.path)
    assert said(process) == "held"
    process.kill()
    process.communicate()
    change(store, f"UPDATE leases SET pid = {os.getpid()}")  # it lives, and started at another time than the row says
    with Lease(store.leases, "distill", seconds=60).held():
        pass


def test_ids_of_processes_mean_nothing_in_another_namespace(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    process = hold(store.path)
    assert said(process) == "held"
    process.kill()
    process.communicate()
    monkeypatch.setattr(lease_module, "_namespace", lambda: "a container's")
    with pytest.raises(LeaseHeldError), Lease(store.leases, "distill", seconds=60).held():
        pass


def test_a_paused_process_learns_that_its_lease_was_taken_away(store: EventStore) -> None:
    process = hold(store.path, seconds=0.5)
    assert said(process) == "held"
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.6)
    with Lease(store.leases, "distill", seconds=60).held() as second:
        process.send_signal(signal.SIGCONT)
        assert said(process) == "lost"
        process.communicate(timeout=60)
        second.confirm()  # the first one's end gave back nothing that is the second's
        assert not second.lost
    with Lease(store.leases, "distill", seconds=60).held():
        pass


def test_a_paused_process_whose_lease_nobody_took_keeps_it(store: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(lease_module.time, "monotonic", lambda: clock[0])
    with Lease(store.leases, "distill", seconds=60).held() as lease:
        clock[0] = 61.0
        assert lease.lost
        lease.confirm()
        assert not lease.lost


def test_a_clock_that_runs_ahead_takes_the_lease_and_its_holder_can_tell(store: EventStore) -> None:
    with Lease(store.leases, "distill", seconds=60).held() as first:
        ahead = Lease(store.leases, "distill", seconds=60, clock=lambda: datetime.now(UTC) + timedelta(hours=1))
        with ahead.held():
            with pytest.raises(LeaseHeldError, match="frees itself"):
                first.confirm()
            assert first.lost


def test_a_store_that_fails_for_a_while_costs_no_lease(store: EventStore, tmp_path: Path) -> None:
    with Lease(store.leases, "distill", seconds=0.9).held() as lease:
        change(store, "ALTER TABLE leases RENAME TO away")
        wait_until(lambda: lease.lost)
        change(store, "ALTER TABLE away RENAME TO leases")
        wait_until(lambda: not lease.lost)


def test_an_exception_gives_it_back(store: EventStore) -> None:
    with pytest.raises(KeyError), Lease(store.leases, "distill", seconds=60).held():
        raise KeyError
    with Lease(store.leases, "distill", seconds=60).held():
        pass


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_a_lease_lasts_for_some_time(store: EventStore, seconds: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        Lease(store.leases, "distill", seconds=seconds)
