"""What was deleted is in no file of the data folder any more: a search through all bytes of it."""

import json
import random
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from distill.report.page import render_html
from distill.run.run_folder import RunFolder, RunState
from distill.selection.groups import Group
from tests.served_admin import event
from tlpo_guard.cli import create_app
from tlpo_guard.events import erasing
from tlpo_guard.events.copies import RUN_LEASE, erase_everywhere, run_folder
from tlpo_guard.events.lease import Lease
from tlpo_guard.events.record import Event
from tlpo_guard.events.store import EventStore
from tlpo_guard.registry import EVENT_IDS, PAGE, StoredRegistry, open_registry

SECRET = "a-name-to-forget"
SECRET_IDS = (1_234_567_891, 1_987_654_321)  # no other ids begin so


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    with closing(EventStore(tmp_path / "events.sqlite3")) as opened:
        yield opened


@pytest.fixture
def registry(tmp_path: Path) -> StoredRegistry:
    return open_registry(tmp_path / "adapters")


def secret_event(number: int) -> Event:
    return event(number, user=SECRET, prompt_ids=SECRET_IDS * 300)


def holds_secret(folder: Path) -> list[str]:
    needles = (SECRET.encode(), b"1234567891", b"a secret context")
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(needle in path.read_bytes() for needle in needles)]


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """A reader whose transaction began before the deletion: it needs what stands in the write-ahead log."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM events").fetchone()
        yield
        connection.execute("COMMIT")


def test_nothing_is_left_in_any_file_of_the_folder(store: EventStore, registry: StoredRegistry, tmp_path: Path) -> None:
    store.add([secret_event(n) if n % 3 else event(n) for n in range(60)])
    assert holds_secret(tmp_path)
    assert store.delete(user=SECRET).count == 40
    assert erase_everywhere(store, registry, tmp_path) == ()
    assert holds_secret(tmp_path) == []
    assert store.stats().total == 20


def test_not_even_in_what_pages_that_were_balanced_do_not_use(store: EventStore, tmp_path: Path) -> None:
    dice, alive, number = random.Random(1), set[str](), 0
    for _ in range(6):  # secure_delete alone leaves copies of names in the index by user
        users = [f"NAME-{number + n:05d}-END" for n in range(dice.randrange(20, 200))]
        made = [event(number + n, id=f"{dice.getrandbits(128):032x}", user=user) for n, user in enumerate(users)]
        store.add(made)
        number += len(made)
        alive |= set(users)
        for user in dice.sample(sorted(alive), len(alive) // 2):
            store.delete(user=user)
            alive.remove(user)
    assert store.erase() == ()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [n for n in range(number) if f"NAME-{n:05d}-END".encode() in content] == sorted(int(u[5:10]) for u in alive)


def test_a_reader_holds_it_up_and_a_later_try_ends_it(
    store: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "_PATIENCE_SECONDS", 0.1)
    store.add([secret_event(n) for n in range(10)])
    with reading(store.path):
        store.delete(user=SECRET)
        assert store.erase() == (erasing.READ,)
        assert holds_secret(tmp_path) == ["events.sqlite3-wal"]
        store.add([event(99)])  # nobody who writes waits for the reader
    assert store.erase() == ()
    assert holds_secret(tmp_path) == []


def test_a_reader_that_is_soon_done_is_waited_for(store: EventStore, tmp_path: Path) -> None:
    store.add([secret_event(n) for n in range(10)])
    reader = reading(store.path)
    reader.__enter__()
    threading.Timer(0.3, lambda: reader.__exit__(None, None, None)).start()
    store.delete(user=SECRET)
    assert store.erase() == ()
    assert holds_secret(tmp_path) == []


def test_a_log_too_large_to_be_made_anew_at_once_is_told_and_compacted(
    store: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tlpo_guard.events.database._SOON_REWRITTEN", 1_000)
    store.add([secret_event(0), event(1)])
    store.delete(user=SECRET)
    (left,) = store.erase()
    assert "until `tlpo-guard events compact`" in left
    done = CliRunner().invoke(create_app(), ["events", "compact", "--data-dir", str(tmp_path)])
    assert (done.exit_code, done.output) == (0, "")
    assert store.erase() == () and [kept.id for kept in store.iter()] == ["e1"]


def begun_run(data_dir: Path, events: list[Event]) -> RunFolder:
    folder = RunFolder(run_folder(data_dir))
    groups = [Group(e.request_id, e.prompt_ids, len(e.prompt_ids), (2,), "ko", event_ids=(e.id,)) for e in events]
    folder.begin(RunState("run", "base", "b", {}, {}), groups[:1], groups[1:])
    return folder


def test_a_run_that_was_killed_goes_with_its_events_and_one_under_way_is_told(
    store: EventStore, registry: StoredRegistry, tmp_path: Path
) -> None:
    store.add([secret_event(0), event(1)])
    folder = begun_run(tmp_path, [secret_event(0), event(1)])
    assert erase_everywhere(store, registry, tmp_path) == ()
    assert folder.state() is not None  # its events are all there
    store.delete(user=SECRET)
    with Lease(store.leases, RUN_LEASE, seconds=60).held():
        (left,) = erase_everywhere(store, registry, tmp_path)
    assert left.endswith("until the distillation under way ends")
    assert erase_everywhere(store, registry, tmp_path) == ()
    assert folder.state() is None and holds_secret(tmp_path) == []


def example(context: str, event_id: str | None) -> dict[str, Any]:
    candidate = {"text": "x", "continuation": "", "drifts": True, "before": 0.5, "after": 0.25}
    shown = {"language": "ko", "context": context, "candidates": [candidate]}
    return shown if event_id is None else shown | {"event": event_id}


def add_version(registry: StoredRegistry, examples: list[dict[str, Any]], event_ids: list[str]) -> str:
    report = {"passed": True, "gate": {"passed": True, "checks": []}, "examples": examples}

    def write(folder: Path) -> None:
        (folder / "adapter_model.safetensors").write_bytes(b"weights")
        (folder / PAGE).write_text(render_html(report), encoding="utf-8")
        (folder / EVENT_IDS).write_text("\n".join(event_ids), encoding="utf-8")

    return registry.add(write, {"run": "r"}, report).name


def test_examples_of_reports_go_with_their_events_and_the_version_stays(
    store: EventStore, registry: StoredRegistry, tmp_path: Path
) -> None:
    store.add([secret_event(0), event(1)])
    shown = [example("a secret context", "e0"), example("a plain context", "e1")]
    name = add_version(registry, shown, ["e0", "e1"])
    assert erase_everywhere(store, registry, tmp_path) == ()
    assert (registry.get(name).report or {})["examples"] == shown
    store.delete(user=SECRET)
    assert erase_everywhere(store, registry, tmp_path) == ()
    assert holds_secret(tmp_path) == []
    assert (registry.get(name).report or {})["examples"] == shown[1:]
    assert "a plain context" in (registry.root / name / PAGE).read_text(encoding="utf-8")
    registry.promote(name)  # its files are what was added


def test_examples_that_do_not_name_their_event_go_with_the_first_event_of_their_version(
    store: EventStore, registry: StoredRegistry, tmp_path: Path
) -> None:
    store.add([event(0), event(1)])
    name = add_version(registry, [example("a secret context", None)], ["e0", "e1"])
    erase_everywhere(store, registry, tmp_path)
    assert set(holds_secret(tmp_path)) == {"report.json", PAGE}
    store.delete(request_id="r1")
    erase_everywhere(store, registry, tmp_path)
    assert holds_secret(tmp_path) == [] and (registry.get(name).report or {})["examples"] == []


def test_the_command_erases_too_and_says_where_it_could_not(
    store: EventStore, registry: StoredRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "_PATIENCE_SECONDS", 0.1)
    store.add([secret_event(0), replace(secret_event(1), key="team-a"), event(2)])
    add_version(registry, [example("a secret context", "e0")], ["e0"])
    arguments = ["events", "delete", "--yes", "--user", SECRET, "--data-dir", str(tmp_path)]
    with reading(store.path):
        done = CliRunner().invoke(create_app(), arguments)
    assert done.stdout == "2 events deleted\n1 of no key, 1 of key team-a\n"
    assert done.stderr == f"their text can still be found {erasing.READ}\n"
    done = CliRunner().invoke(create_app(), arguments)
    assert (done.stdout, done.stderr) == ("0 events deleted\n", "")
    assert holds_secret(tmp_path) == []
    assert json.loads((registry.root / "v0001" / "report.json").read_text())["examples"] == []
