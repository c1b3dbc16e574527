"""`tlpo-guard adapters` over a real registry."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tlpo_guard.cli import create_app
from tlpo_guard.registry import StoredRegistry, open_registry


@pytest.fixture
def registry(tmp_path: Path) -> StoredRegistry:
    """v0001 passed the gate, v0002 did not; neither was promoted."""
    registry = open_registry(tmp_path / "adapters")
    day = "2026-11-24T12:00:00+00:00"
    registry.add(write, {"parent": "base", "events": 120, "created_at": day}, {"passed": True, "perplexity": 12.5})
    registry.add(write, {"parent": "v0001", "events": 30, "created_at": day}, {"passed": False})
    return registry


def write(folder: Path) -> None:
    (folder / "adapter_model.safetensors").write_bytes(b"weights")


def adapters(registry: StoredRegistry, *arguments: str) -> Result:
    return CliRunner().invoke(
        create_app(),
        ["adapters", *arguments, "--data-dir", str(registry.root.parent)],
        env={"COLUMNS": "160", "NO_COLOR": "1"},
    )


def rows(done: Result) -> list[list[str]]:
    assert done.exit_code == 0, done.output
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines() if "│" in line]


def test_list_shows_every_version_its_gate_and_where_it_comes_from(registry: StoredRegistry) -> None:
    assert rows(adapters(registry, "list")) == [
        ["base", "*", "", "", "", ""],
        ["v0001", "", "passed", "base", "120", "2026-11-24T12:00:00+00:00"],
        ["v0002", "", "failed", "v0001", "30", "2026-11-24T12:00:00+00:00"],
    ]


def test_list_marks_the_current_version_only(registry: StoredRegistry) -> None:
    registry.promote("v0001")
    assert [row[:2] for row in rows(adapters(registry, "list"))] == [["base", ""], ["v0001", "*"], ["v0002", ""]]


def test_without_a_registry_the_base_is_served(tmp_path: Path) -> None:
    empty = open_registry(tmp_path / "adapters")
    assert rows(adapters(empty, "list")) == [["base", "*", "", "", "", ""]]
    done = adapters(empty, "rollback")
    assert (done.exit_code, done.stdout) == (0, "current version: base\n")
    assert "nothing to go back to" in done.stderr


@pytest.mark.parametrize("command", ["promote", "pin"])
def test_a_version_that_the_gate_refused_is_served_with_a_warning(registry: StoredRegistry, command: str) -> None:
    done = adapters(registry, command, "v0002")
    assert done.exit_code == 0 and registry.current() == "v0002"
    assert "warning: the gate refused v0002" in done.stderr and "warning" not in done.stdout
    for fine in ("v0001", "base"):
        assert not adapters(registry, command, fine).stderr


def test_a_rollback_that_leads_somewhere_says_no_more(registry: StoredRegistry) -> None:
    adapters(registry, "promote", "v0001")
    assert not adapters(registry, "rollback").stderr
    assert "nothing to go back to" in adapters(registry, "rollback", "--json").stderr


def test_show_prints_lineage_and_report(registry: StoredRegistry) -> None:
    done = adapters(registry, "show", "v0001")
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    assert shown["report"] == {"passed": True, "perplexity": 12.5}
    assert (shown["lineage"]["parent"], shown["lineage"]["events"]) == ("base", 120)
    assert list(shown["lineage"]["files"]) == ["adapter_model.safetensors"]


def test_promote_and_rollback_move_what_is_served(registry: StoredRegistry) -> None:
    for arguments, current in [
        (("promote", "v0001"), "v0001"),
        (("promote", "v0002"), "v0002"),
        (("rollback",), "v0001"),
        (("rollback",), "base"),
        (("promote", "v0002"), "v0002"),
        (("promote", "base"), "base"),
        (("rollback",), "v0002"),
    ]:
        done = adapters(registry, *arguments)
        assert (done.exit_code, done.stdout) == (0, f"current version: {current}\n"), done.output
        assert registry.current() == current


@pytest.mark.parametrize("command", ["show", "promote"])
@pytest.mark.parametrize("version", ["v0009", "latest", "../adapters/v0001"])
def test_an_unknown_version_is_named_and_nothing_changes(registry: StoredRegistry, command: str, version: str) -> None:
    registry.promote("v0001")
    done = adapters(registry, command, version)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"error: no adapter version {version!r}; `tlpo-guard adapters list` shows them\n"
    assert registry.current() == "v0001"


def test_a_damaged_version_is_not_promoted(registry: StoredRegistry) -> None:
    (registry.root / "v0002" / "adapter_model.safetensors").write_bytes(b"other")
    done = adapters(registry, "promote", "v0002")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "v0002 is damaged: adapter_model.safetensors" in done.stderr
    assert registry.current() == "base"


def test_a_damaged_version_is_not_rolled_back_to(registry: StoredRegistry) -> None:
    registry.promote("v0001")
    registry.promote("v0002")
    (registry.root / "v0001" / "adapter_model.safetensors").unlink()
    done = adapters(registry, "rollback")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "v0001" in done.stderr
    assert registry.current() == "v0002"


@pytest.mark.parametrize("content", ["{", "[]", None])
def test_a_version_that_cannot_be_read_is_listed_as_damaged(registry: StoredRegistry, content: str | None) -> None:
    lineage = registry.root / "v0001" / "lineage.json"
    lineage.unlink() if content is None else lineage.write_text(content)
    listed = rows(adapters(registry, "list"))
    assert [row[2] for row in listed] == ["", "damaged", "failed"]
    assert "v0001 is damaged" in adapters(registry, "show", "v0001").stderr


def test_show_of_the_base(registry: StoredRegistry) -> None:
    shown = adapters(registry, "show", "base")
    assert json.loads(shown.stdout) == {"lineage": None, "report": None, "current": True}


def test_looking_makes_nothing(tmp_path: Path) -> None:
    missing = open_registry(tmp_path / "none" / "adapters")
    assert rows(adapters(missing, "list"))[0][0] == "base"
    assert adapters(missing, "show", "v0001").exit_code == 1
    assert not (tmp_path / "none").exists()


def test_a_pin_shows_and_holds_what_is_served(registry: StoredRegistry) -> None:
    registry.promote("v0001")
    done = adapters(registry, "pin", "v0001")
    assert (done.exit_code, done.stdout) == (
        0,
        "current version: v0001, pinned until `tlpo-guard adapters unpin`\n",
    )
    for arguments, promoted in [
        (("promote", "v0002"), "v0002"),
        (("rollback",), "v0001"),
        (("promote", "v0002"), "v0002"),
    ]:
        assert adapters(registry, *arguments).stdout == (
            f"promoted version: {promoted}; v0001 is pinned and stays the current version until "
            "`tlpo-guard adapters unpin`\n"
        )
        assert registry.current() == "v0001"
    assert [row[:2] for row in rows(adapters(registry, "list"))] == [
        ["base", ""],
        ["v0001", "* pinned"],
        ["v0002", "promoted"],
    ]
    assert adapters(registry, "unpin").stdout == "current version: v0002\n"
    assert registry.current() == "v0002"


def test_a_canary_shows_until_it_is_stopped(registry: StoredRegistry) -> None:
    started = adapters(registry, "canary", "v0002", "--share", "5")
    assert started.stdout == "canary: v0002, in 5% of the minutes\ncurrent version: base\n"
    assert [row[:2] for row in rows(adapters(registry, "list"))] == [
        ["base", "*"],
        ["v0001", ""],
        ["v0002", "canary 5%"],
    ]
    assert adapters(registry, "canary", "--stop").stdout == "current version: base\n"
    assert registry.pointers().canary is None
    for wrong in ((), ("v0002", "--stop"), ("v0002", "--share", "60"), ("base",)):
        done = adapters(registry, "canary", *wrong)
        assert done.exit_code == 1 and done.stderr.startswith("error: ")


def test_a_damaged_or_unknown_version_is_not_pinned(registry: StoredRegistry) -> None:
    (registry.root / "v0002" / "adapter_model.safetensors").write_bytes(b"other")
    for version, told in (("v0002", "v0002 is damaged"), ("v0009", "no adapter version 'v0009'")):
        done = adapters(registry, "pin", version)
        assert (done.exit_code, done.stdout) == (1, "")
        assert told in done.stderr
    assert registry.current() == "base"


def test_prune_tells_what_would_go_and_then_takes_it(registry: StoredRegistry) -> None:
    assert adapters(registry, "prune", "--keep", "1", "--dry-run").stdout == "would be deleted: v0001\n"
    assert [version.name for version in registry.list()] == ["v0001", "v0002"]
    assert adapters(registry, "prune", "--keep", "1").stdout == "deleted: v0001\n"
    assert [version.name for version in registry.list()] == ["v0002"]
    assert adapters(registry, "prune", "--keep", "1").stdout == "nothing to delete\n"
    refused = adapters(registry, "prune", "--keep", "0")
    assert (refused.exit_code, refused.stderr) == (1, "error: 0 versions cannot be kept; --keep is at least 1\n")


def test_the_registry_is_where_the_flag_or_the_environment_says(registry: StoredRegistry, tmp_path: Path) -> None:
    def at(*arguments: str, **environment: str) -> Result:
        return CliRunner().invoke(
            create_app(), ["adapters", *arguments], env={"COLUMNS": "160", "NO_COLOR": "1"} | environment
        )

    url = f"async_wrapper::file://{registry.root}"
    assert at("promote", "v0001", "--registry", url).stdout == "current version: v0001\n"
    assert registry.current() == "v0001"
    assert at("promote", "v0002", TLPO_GUARD_REGISTRY=str(registry.root)).stdout == "current version: v0002\n"
    assert [row[1] for row in rows(at("list", "--registry", url, TLPO_GUARD_REGISTRY="/none"))] == ["", "", "*"]
    both = at("list", "--registry", url, "--endpoint", "http://127.0.0.1:1")
    assert (both.exit_code, both.stderr) == (
        1,
        "error: --registry and --endpoint exclude each other; give one of them\n",
    )
    assert (
        at("rollback", "--registry", url, TLPO_GUARD_ENDPOINT="http://127.0.0.1:1").stdout == "current version: v0001\n"
    )
    unknown = at("list", "--registry", "nowhere://x")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("error: registry nowhere://x cannot be used")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "adapters").write_text("a file")
    done = adapters(open_registry(tmp_path / "adapters"), "promote", "base")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "cannot be read or written" in done.stderr
