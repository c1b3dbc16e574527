"""Logs that go from one site to another: what arrives, what is left out, and that nothing of it is trusted."""

import json
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from datasets import Dataset, load_from_disk
from typer import Typer
from typer.testing import CliRunner

from benchmarks.store import BEGAN
from benchmarks.store import event as made_event
from distill.exchange import files as exchange
from distill.exchange.cli import export, import_
from distill.exchange.files import Form, export_events, import_events
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.events.record import Event
from tlpo_guard.events.store import EventStore

FORMS: tuple[Form, ...] = ("jsonl", "datasets")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[str], EventStore]]:
    stores: list[EventStore] = []

    def open_(name: str) -> EventStore:
        stores.append(EventStore(tmp_path / name / "events.sqlite3"))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


@pytest.fixture
def seoul(opened: Callable[[str], EventStore]) -> EventStore:
    store = opened("seoul")
    store.add([made_event(number) for number in range(30)])
    return store


@pytest.fixture
def berlin(opened: Callable[[str], EventStore]) -> EventStore:
    return opened("berlin")


@pytest.mark.parametrize("form", FORMS)
def test_events_arrive_as_they_were_and_only_once(
    seoul: EventStore, berlin: EventStore, tmp_path: Path, form: Form
) -> None:
    known = replace(made_event(500), user=None, replacement_id=5, seed=7, scripts="Grek", top_k=20)
    berlin.add([known])
    seoul.add([known, replace(made_event(501), admitted="ja,zh", claimed="de", settled=False)])
    assert export_events(seoul, tmp_path / "log", form) == 32
    first = import_events(berlin, tmp_path / "log")
    assert (first.added, first.repeated, first.refused) == (31, 1, {})
    assert list(berlin.iter()) == list(seoul.iter())
    again = import_events(berlin, tmp_path / "log")
    assert (again.added, again.repeated) == (0, 32)


@pytest.mark.parametrize("form", FORMS)
def test_filters_choose_what_leaves(seoul: EventStore, tmp_path: Path, form: Form) -> None:
    when = {"since": BEGAN + timedelta(seconds=5), "until": BEGAN + timedelta(seconds=10)}
    assert export_events(seoul, tmp_path / "some", form, **when) == 10  # type: ignore[arg-type]
    assert export_events(seoul, tmp_path / "none", form, language="fi") == 0
    assert import_events(seoul, tmp_path / "some").repeated == 10
    assert import_events(seoul, tmp_path / "none").added == 0


def test_a_dataset_is_one_for_the_library_and_comes_back_from_it_in_splits(
    seoul: EventStore, berlin: EventStore, tmp_path: Path
) -> None:
    export_events(seoul, tmp_path / "log", "datasets")
    dataset = load_from_disk(str(tmp_path / "log"))
    assert dataset.num_rows == 30 and dataset[0]["prompt_ids"] == list(made_event(0).prompt_ids)
    shuffled = dataset.shuffle(seed=0).filter(lambda row: row["position"] > 0)
    shuffled.train_test_split(0.5, seed=0).save_to_disk(str(tmp_path / "split"))
    assert import_events(berlin, tmp_path / "split").added == 20


@pytest.mark.parametrize("form", FORMS)
def test_what_is_there_is_not_written_over(seoul: EventStore, tmp_path: Path, form: Form) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "mine.txt").write_text("kept")
    with pytest.raises(ConfigurationError, match="is there already"):
        export_events(seoul, tmp_path / "log", form)
    assert [p.name for p in (tmp_path / "log").iterdir()] == ["mine.txt"]


def test_an_export_that_fails_leaves_the_old_file_and_nothing_else(
    seoul: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out" / "log.jsonl"
    export_events(seoul, target, "jsonl")
    before = target.read_bytes()

    def broken(event: Event) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Event, "to_json", broken)
    with pytest.raises(ConfigurationError, match="No space left"):
        export_events(seoul, target, "jsonl")
    assert target.read_bytes() == before and [p.name for p in target.parent.iterdir()] == ["log.jsonl"]


BAD: dict[str, dict[str, Any]] = {
    "token_id": {"token_id": -1},
    "prompt_ids": {"prompt_ids": [1, 2**40]},
    "output_ids": {"output_ids": "1234"},
    "confusion_mass": {"confusion_mass": float("nan")},
    "confidence": {"confidence": 1.5},
    "candidates": {"candidates": [{"token_id": 1, "logprob": float("nan"), "drifts": True}]},
    "created_at: no date and time with a time zone": {"created_at": "2026-01-01T00:00:00"},
    "created_at: out of the calendar": {"created_at": "0001-01-01T00:00:00+14:00"},
    "created_at: lies in the future": {"created_at": (datetime.now(UTC) + timedelta(days=3)).isoformat()},
    "seed": {"seed": 2**70},
    "position is not": {"position": 7},
    "id": {"id": "../../etc/passwd"},
    "language": {"language": "x" * 1_000},
    "action": {"action": "trained"},
}


def lines(*rows: Any) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_row_is_left_out_and_named_with_its_line(berlin: EventStore, tmp_path: Path, reason: str) -> None:
    good = made_event(1).to_json()
    (tmp_path / "log").write_text(lines(good, {**made_event(2).to_json(), **BAD[reason]}, made_event(4).to_json()))
    found = import_events(berlin, tmp_path / "log")
    assert (found.added, found.refused.total()) == (2, 1)
    (why,) = found.refused
    assert reason in why and found.lines[why] == [2]


def test_lines_that_are_no_json_objects_do_not_end_an_import(berlin: EventStore, tmp_path: Path) -> None:
    rows = ["{", "\udcff", "[" * 100_000, "null", "[]", "", '{"id": "e1"}', made_event(1).to_json()]
    (tmp_path / "log").write_text(lines(*rows), encoding="utf-8", errors="surrogateescape")
    found = import_events(berlin, tmp_path / "log")
    assert found.added == 1 and found.refused["no JSON"] == 3 and found.refused.total() == 6


def test_a_row_of_any_size_costs_little_memory(
    berlin: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_LONGEST", 2**20)
    huge = {**made_event(2).to_json(), "prompt_ids": [1] * 4_000_000}
    odd = {**made_event(2).to_json(), "prompt_ids": ["x"] * 200_000}
    (tmp_path / "log").write_text(lines(made_event(1).to_json(), huge, odd, made_event(4).to_json()))
    tracemalloc.start()
    found = import_events(berlin, tmp_path / "log")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.added, found.refused.total()) == (2, 2) and list(found.lines.values()) == [[2], [3]]
    assert peak < 8 * 2**20


def test_rows_of_a_dataset_are_checked_too(berlin: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_LONGEST", 2**20)
    rows = [made_event(number).to_json() for number in range(4)]
    rows[1]["confusion_mass"] = float("nan")
    rows[2] |= {"prompt_ids": [1] * 200_000}
    Dataset.from_list(rows).save_to_disk(str(tmp_path / "log"))
    found = import_events(berlin, tmp_path / "log")
    assert found.added == 2 and sorted(found.lines.values()) == [[2], [3]]


def test_a_datasets_folder_cannot_name_files_elsewhere(seoul: EventStore, berlin: EventStore, tmp_path: Path) -> None:
    export_events(seoul, tmp_path / "secret", "datasets")
    (tmp_path / "log").mkdir()
    state = json.loads((tmp_path / "secret" / "state.json").read_text())
    state["_data_files"] = [{"filename": f"../secret/{file['filename']}"} for file in state["_data_files"]]
    (tmp_path / "log" / "state.json").write_text(json.dumps(state))
    (tmp_path / "log" / "data.arrow").symlink_to(next((tmp_path / "secret").glob("*.arrow")))
    with pytest.raises(ConfigurationError, match="holds no"):
        import_events(berlin, tmp_path / "log")


@pytest.mark.parametrize("content", [b"", b"not arrow", b"\xff\xff\xff\xff\x00\x00\x00\x00"])
def test_a_damaged_dataset_is_named(berlin: EventStore, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "data.arrow").write_bytes(content)
    with pytest.raises(ConfigurationError, match="log"):
        import_events(berlin, tmp_path / "log")


def test_text_in_a_dataset_that_is_no_text_is_named(berlin: EventStore, tmp_path: Path) -> None:
    column = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe"))
    batch = pa.RecordBatch.from_arrays([column], ["id"])
    (tmp_path / "log").mkdir()
    with pa.ipc.new_stream(str(tmp_path / "log" / "data.arrow"), batch.schema) as writer:
        writer.write_batch(batch)
    with pytest.raises(ConfigurationError, match=r"data\.arrow"):
        import_events(berlin, tmp_path / "log")


def test_the_commands_tell_what_they_did(seoul: EventStore, tmp_path: Path) -> None:
    app = Typer()
    app.command("export")(export)
    app.command("import")(import_)
    run, out = CliRunner().invoke, tmp_path / "log.jsonl"
    told = run(app, ["export", "--data-dir", str(tmp_path / "seoul"), "--output", str(out), "--until", "2026-02-01"])
    assert told.exit_code == 0 and "30 events written" in told.stdout
    out.write_text(out.read_text() + "nonsense\n")
    told = run(app, ["import", str(out), "--data-dir", str(tmp_path / "berlin")])
    assert told.exit_code == 0 and "30 events added, 0 were there already, 1 rows refused" in told.stdout
    assert "1 refused: no JSON (lines 31)" in told.stdout
    told = run(app, ["import", str(tmp_path / "nowhere"), "--data-dir", str(tmp_path / "berlin")])
    assert isinstance(told.exception, ConfigurationError)
