"""`tlpo-guard events` over a real log."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyarrow import parquet
from typer.testing import CliRunner, Result

from tlpo_guard.cli import create_app
from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.events.store import EventStore

FIRST_DAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANN = Event(
    id="e0",
    created_at=FIRST_DAY,
    request_id="r0",
    user="ann",
    model="m",
    base_fingerprint="b",
    tokenizer_fingerprint="t",
    adapter_version="base",
    language="ko",
    decided_by="prompt",
    confidence=1.0,
    allow_english=False,
    allow_hanja=False,
    prompt_ids=(1, 2, 3),
    output_ids=(4,),
    position=1,
    token_id=7,
    kind="script",
    candidates=(Candidate(7, -0.5, True), Candidate(8, -1.0, False)),
    confusion_mass=0.25,
    action="masked",
    replacement_id=8,
    temperature=0.7,
    top_p=1.0,
    top_k=None,
    seed=None,
    detector_version="script-1",
)
BOB = replace(
    ANN,
    id="e1",
    created_at=FIRST_DAY + timedelta(days=1),
    request_id="r1",
    key="team-a",
    user="bob",
    language="ru",
    adapter_version="v0001",
    confusion_mass=0.75,
    action="observed",
    replacement_id=None,
    seed=5,
)
NOBODY = replace(ANN, id="e2", created_at=FIRST_DAY + timedelta(days=2), request_id="r2", user=None, output_ids=())
EVENTS = (ANN, BOB, NOBODY)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    store = EventStore(tmp_path / "events.sqlite3")
    store.add(EVENTS)
    store.close()
    return tmp_path


def events(data_dir: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        create_app(), ["events", *arguments, "--data-dir", str(data_dir)], env={"COLUMNS": "160", "NO_COLOR": "1"}
    )


def table(done: Result) -> list[list[str]]:
    """The cells of a printed table, without its head."""
    assert done.exit_code == 0, done.output
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines() if "│" in line]


def left(data_dir: Path) -> list[str]:
    store = EventStore(data_dir / "events.sqlite3")
    ids = [event.id for event in store.iter()]
    store.close()
    return ids


def test_list_shows_the_newest_first(data_dir: Path) -> None:
    rows = table(events(data_dir, "list"))
    assert [row[0] for row in rows] == ["e2", "e1", "e0"]
    assert rows[1] == ["e1", "2026-11-24 12:00:00", "team-a", "ru", "1", "0.750", "observed", "v0001", "#7"]


def test_without_a_tokenizer_ids_are_listed_and_that_is_said_once(data_dir: Path) -> None:
    done = events(data_dir, "list", "--model", "./none")
    assert [row[-1] for row in table(done)] == ["#7 → #8", "#7", "#7 → #8"]
    assert done.stderr.count("the tokenizer of ./none cannot be loaded") == 1


def test_list_and_stats_as_json(data_dir: Path) -> None:
    listed = [json.loads(line) for line in events(data_dir, "list", "--json").stdout.splitlines()]
    assert listed == [json.loads(json.dumps(event.to_json())) for event in reversed(EVENTS)]
    stats = json.loads(events(data_dir, "stats", "--json").stdout)
    assert (stats["total"], stats["by_language"]) == (3, {"ko": 2, "ru": 1})
    deleted = json.loads(events(data_dir, "delete", "--yes", "--user", "bob", "--json").stdout)
    assert (deleted["deleted"], deleted["by_key"]) == (1, {"team-a": 1})
    assert json.loads(events(data_dir, "compact", "--json").stdout) == {"left": []}


@pytest.mark.parametrize(
    ("flags", "ids"),
    [
        (("--limit", "1"), ["e2"]),
        (("--language", "ko"), ["e2", "e0"]),
        (("--language", "th"), []),
        (("--key", "team-a"), ["e1"]),
    ],
)
def test_list_limits_and_filters(data_dir: Path, flags: tuple[str, ...], ids: list[str]) -> None:
    assert [row[0] for row in table(events(data_dir, "list", *flags))] == ids


def test_show_prints_every_field_as_json(data_dir: Path) -> None:
    done = events(data_dir, "show", "e1")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == json.loads(json.dumps(BOB.to_json()))


def test_show_of_an_unknown_id_fails_in_one_line_that_names_it(data_dir: Path) -> None:
    done = events(data_dir, "show", "e9")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "error: no event has the id 'e9'; `tlpo-guard events list` shows them\n"


def test_stats_count_by_key_language_action_and_adapter(data_dir: Path) -> None:
    assert table(events(data_dir, "stats")) == [
        ["all", "", "3"],
        ["requests", "", "3"],
        ["mean confusion mass", "", "0.417"],
        ["key", "", "2"],
        ["key", "team-a", "1"],
        ["language", "ko", "2"],
        ["language", "ru", "1"],
        ["action", "masked", "2"],
        ["action", "observed", "1"],
        ["adapter", "base", "2"],
        ["adapter", "v0001", "1"],
    ]


def test_stats_of_an_empty_log(tmp_path: Path) -> None:
    EventStore(tmp_path / "events.sqlite3").close()
    assert table(events(tmp_path, "stats")) == [
        ["all", "", "0"],
        ["requests", "", "0"],
        ["mean confusion mass", "", "0.000"],
    ]


def test_jsonl_goes_to_standard_output_oldest_first(data_dir: Path) -> None:
    done = events(data_dir, "export")
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows == [json.loads(json.dumps(event.to_json())) for event in EVENTS]


def test_jsonl_into_a_file_is_the_same_text(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    done = events(data_dir, "export", "--output", str(file))
    assert (done.exit_code, done.output) == (0, "")
    assert file.read_text(encoding="utf-8") == events(data_dir, "export").stdout


def test_parquet_keeps_values_and_types(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "events.parquet"
    done = events(data_dir, "export", "--format", "parquet", "--output", str(file))
    assert done.exit_code == 0, done.output
    exported = parquet.read_table(file)
    assert exported.to_pylist() == [json.loads(json.dumps(event.to_json())) for event in EVENTS]
    kinds = {name: str(exported.schema.field(name).type) for name in ("user", "seed", "top_k", "confusion_mass")}
    assert kinds == {"user": "string", "seed": "int64", "top_k": "int64", "confusion_mass": "double"}


def test_parquet_of_an_empty_log_has_the_same_columns(data_dir: Path, tmp_path: Path) -> None:
    full, empty = tmp_path / "full.parquet", tmp_path / "empty.parquet"
    EventStore(tmp_path / "other" / "events.sqlite3").close()
    events(data_dir, "export", "--format", "parquet", "--output", str(full))
    done = events(tmp_path / "other", "export", "--format", "parquet", "--output", str(empty))
    assert done.exit_code == 0, done.output
    assert parquet.read_schema(empty).equals(parquet.read_schema(full))
    assert parquet.read_table(empty).num_rows == 0


def test_parquet_does_not_go_to_standard_output(data_dir: Path) -> None:
    done = events(data_dir, "export", "--format", "parquet", "--output", "-")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "error: parquet needs a file; give one with --output FILE\n"


@pytest.mark.parametrize(
    ("flags", "gone"),
    [
        (("--request", "r1"), ["e1"]),
        (("--user", "ann"), ["e0"]),
        (("--before", "2026-11-25"), ["e0", "e1"]),
        (("--user", "bob", "--before", "2026-11-24"), []),
        (("--user", "nobody"), []),
        (("--key", "team-a"), ["e1"]),
        (("--key", "team-b"), []),
        (("--user", "bob", "--key", "team-b"), []),
    ],
)
def test_delete_takes_what_was_named_and_nothing_else(data_dir: Path, flags: tuple[str, ...], gone: list[str]) -> None:
    done = events(data_dir, "delete", "--yes", *flags)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[0] == f"{len(gone)} events deleted"
    assert left(data_dir) == [event.id for event in EVENTS if event.id not in gone]


def test_what_several_keys_hold_on_a_user_is_told_by_key(data_dir: Path) -> None:
    store = EventStore(data_dir / "events.sqlite3")
    store.add([replace(ANN, id="e3", request_id="r3", key="team-b"), replace(ANN, id="e4", request_id="r4")])
    store.close()
    exported = [json.loads(line) for line in events(data_dir, "export", "--user", "ann").stdout.splitlines()]
    assert sorted((row["id"], row["key"]) for row in exported) == [("e0", ""), ("e3", "team-b"), ("e4", "")]
    only = events(data_dir, "export", "--user", "ann", "--key", "team-b").stdout.splitlines()
    assert [json.loads(line)["id"] for line in only] == ["e3"]
    done = events(data_dir, "delete", "--yes", "--user", "ann")
    assert done.stdout == "3 events deleted\n2 of no key, 1 of key team-b\n"


def test_delete_without_a_filter_deletes_nothing(data_dir: Path) -> None:
    done = events(data_dir, "delete", "--yes")
    assert done.exit_code == 1
    assert done.stderr == "error: nothing says which events to delete; give a request, a key, a user or a date\n"
    assert left(data_dir) == ["e0", "e1", "e2"]


def test_a_date_that_is_none_is_refused(data_dir: Path) -> None:
    done = events(data_dir, "delete", "--yes", "--before", "yesterday")
    assert done.exit_code == 2
    assert "yesterday" in done.stderr
    assert left(data_dir) == ["e0", "e1", "e2"]


def test_a_log_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "events.sqlite3").write_text("no database " * 100)
    done = events(tmp_path, "list")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("error: cannot open the event store")
    assert str(tmp_path) in done.stderr


@pytest.mark.parametrize(
    "command", [["list"], ["stats"], ["show", "e0"], ["export"], ["delete", "--yes", "--user", "ann"]]
)
def test_looking_for_a_log_that_is_not_there_makes_none(tmp_path: Path, command: list[str]) -> None:
    done = events(tmp_path / "none", *command)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: there is no confusion log {tmp_path / 'none'}")
    assert not (tmp_path / "none").exists()


def test_a_pipe_gets_whole_ids(data_dir: Path) -> None:
    long = replace(ANN, id="f" * 32, request_id="r9", adapter_version="v0001")
    store = EventStore(data_dir / "events.sqlite3")
    store.add([long])
    store.close()
    done = CliRunner().invoke(create_app(), ["events", "list", "--data-dir", str(data_dir)], env={"COLUMNS": "60"})
    assert "f" * 32 in done.stdout
    assert "…" not in done.stdout


def test_an_output_that_cannot_be_written_is_named(data_dir: Path) -> None:
    for form in ("jsonl", "parquet"):
        output = str(data_dir / "no" / "events.out")
        done = events(data_dir, "export", "--format", form, "--output", output)
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.startswith(f"error: {output} cannot be written (")
        assert "No such file or directory" in done.stderr


def test_without_a_terminal_nothing_is_deleted_unasked(data_dir: Path) -> None:
    done = events(data_dir, "delete", "--user", "ann")
    assert done.exit_code == 1
    assert "--yes" in done.stderr
    assert left(data_dir) == ["e0", "e1", "e2"]
