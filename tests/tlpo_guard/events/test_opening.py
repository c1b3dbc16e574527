"""A store by its URL: what names one, what does not, and every command that takes one."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.served_admin import event
from tlpo_guard.cli import create_app
from tlpo_guard.errors import ConfigurationError, StoreError
from tlpo_guard.events.opening import open_store
from tlpo_guard.events.store import EventStore
from tlpo_guard.settings import load_settings, store_location


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder, and no settings."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("STORE", "DATA_DIR", "ENDPOINT", "CONFIG"):
        monkeypatch.delenv(f"TLPO_GUARD_{name}", raising=False)


def filled(path: Path) -> str:
    """The URL of a store with one event."""
    with closing(EventStore(path)) as store:
        store.add([event(0)])
    return f"sqlite:///{path}"


def command(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(create_app(), arguments, env={"COLUMNS": "160", "NO_COLOR": "1"} | environment)


@pytest.mark.parametrize("name", ["events.sqlite3", "new/folder/log.db", "with space & %20?#.db", "한국어.db"])
def test_a_url_and_a_path_name_the_same_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with closing(open_store(path)) as store:
        store.add([event(0)])
        assert (store.path, store.label) == (path, str(path))
    if "?" not in name:
        with closing(open_store(f"sqlite:///{path}")) as store:
            assert (store.path, store.get("e0").id) == (path, "e0")


def test_three_slashes_are_relative_and_a_tilde_is_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    open_store("sqlite:///data/log.db").close()
    open_store("sqlite:///~/log.db").close()
    assert Path("data/log.db").is_file() and (tmp_path / "home" / "log.db").is_file()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mongodb://ann:sesame@host/log", "stores of the kind mongodb are not supported; .* sqlite:///data/events"),
        ("data/events.sqlite3", "the store 'data/events.sqlite3' cannot be used: this is not a URL"),
        ("postgresql://ann:sesame@host:port/log", "the store 'postgresql://...' cannot be used: this is not a URL"),
        ("://", "cannot be used: this is not a URL"),
        ("sqlite://", "names no file, and other processes must find the store"),
        ("sqlite:///", "names no file, and other processes must find the store"),
        ("sqlite:///:memory:", "names no file, and other processes must find the store"),
        ("sqlite://data/events.sqlite3", "has neither host nor options; write sqlite:/// before a relative path"),
        ("sqlite:///events.sqlite3?mode=ro", "has neither host nor options"),
        ("sqlite:///.", "the event store . is a folder; name a file"),
    ],
)
def test_what_names_no_store_is_refused_without_its_password(url: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told) as caught:
        open_store(url)
    assert "sesame" not in str(caught.value)
    assert list(Path().iterdir()) == []


def test_a_path_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot open the event store .*/file/log\.db: .*; check the folder's rights"):
        open_store(f"sqlite:///{tmp_path}/file/log.db")
    with pytest.raises(ConfigurationError, match=r"there is no confusion log .*/none\.db; .* --data-dir, .* --store"):
        open_store(f"sqlite:///{tmp_path}/none.db", create=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "here"]


def test_flag_environment_and_file_name_the_store_in_this_order(monkeypatch: pytest.MonkeyPatch) -> None:
    data = Path("somewhere")
    assert store_location(None, data) == load_settings(data_dir=data).store_location == data / "events.sqlite3"
    Path("tlpo-guard.toml").write_text('store = "sqlite:///file.db"\nport = 1\n')
    assert store_location(None, data) == load_settings(data_dir=data).store_location == "sqlite:///file.db"
    monkeypatch.setenv("TLPO_GUARD_STORE", "sqlite:///environment.db")
    assert store_location(None, data) == load_settings().store_location == "sqlite:///environment.db"
    assert store_location("sqlite:///flag.db", data) == "sqlite:///flag.db"
    assert load_settings(store="sqlite:///flag.db").store_location == "sqlite:///flag.db"


def test_a_setting_that_is_wrong_elsewhere_does_not_hide_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLPO_GUARD_PORT", "no port")
    assert store_location(None, Path("d")) == Path("d/events.sqlite3")
    Path("tlpo-guard.toml").write_text("store = ")
    with pytest.raises(ConfigurationError, match=r"tlpo-guard\.toml cannot be read"):
        store_location(None, Path("d"))


def test_the_commands_on_events_work_on_the_store_that_is_named(tmp_path: Path) -> None:
    url = filled(tmp_path / "log.db")
    assert "ann" in command("events", "show", "e0", "--store", url).stdout
    assert "ann" in command("events", "show", "e0", TLPO_GUARD_STORE=url).stdout
    assert command("events", "list", "--store", url).stdout.count("masked") == 1
    assert command("events", "export", "--store", url).stdout.count('"e0"') == 1
    assert command("events", "stats", "--store", url).exit_code == 0
    done = command("events", "delete", "--user", "ann", "--yes", "--store", url)
    assert (done.exit_code, done.stdout) == (0, "1 events deleted\n")


def test_a_store_and_a_server_exclude_each_other(tmp_path: Path) -> None:
    url = filled(tmp_path / "log.db")
    done = command("events", "list", "--store", url, "--endpoint", "http://127.0.0.1:1")
    assert (done.exit_code, done.stderr) == (1, "error: --store and --endpoint exclude each other; give one of them\n")
    assert command("events", "show", "e0", "--store", url, TLPO_GUARD_ENDPOINT="http://127.0.0.1:1").exit_code == 0


@pytest.mark.parametrize("arguments", [("events", "list"), ("distill", "export", "--output", "out.jsonl")])
def test_looking_into_a_store_that_is_not_there_makes_none(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = command(*arguments, "--store", f"sqlite:///{tmp_path}/none.db")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "there is no confusion log" in done.stderr
    assert not (tmp_path / "none.db").exists()


def test_logs_are_exchanged_between_stores(tmp_path: Path) -> None:
    url, other = filled(tmp_path / "log.db"), f"sqlite:///{tmp_path}/other.db"
    done = command("distill", "export", "--output", "out.jsonl", "--store", url)
    assert (done.exit_code, done.stdout) == (0, "1 events written to out.jsonl\n")
    done = command("distill", "import", "out.jsonl", "--store", other)
    assert done.stdout.startswith("1 events added, 0 were there already")
    assert "ann" in command("events", "show", "e0", "--store", other).stdout
    assert not Path("data").exists()


def test_a_distillation_reads_the_store_that_is_named(tmp_path: Path) -> None:
    EventStore(tmp_path / "log.db").close()
    done = command("distill", "--dry-run", "--store", f"sqlite:///{tmp_path}/log.db")
    assert (done.exit_code, "0 usable events" in done.stderr) == (4, True)
    assert not Path("data/events.sqlite3").exists()


def test_a_schedules_runs_get_the_store_and_no_process_list_shows_it() -> None:
    from distill.schedule.scheduler import RunPlan

    plan = RunPlan(Path("data"), program=(sys.executable,), store_url="sqlite:///log.db")
    assert plan.environment["TLPO_GUARD_STORE"] == "sqlite:///log.db"
    assert not any("log.db" in word for word in plan.command)


def test_several_that_open_a_new_file_at_once_all_get_it(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def opened(_: int) -> int:
        together.wait()
        store = open_store(tmp_path / "events.sqlite3")
        with closing(store):
            return len(list(store.iter()))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(opened, range(8))) == [0] * 8
