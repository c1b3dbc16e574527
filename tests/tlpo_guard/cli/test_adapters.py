"""`tlpo-guard adapters` over a real registry."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tlpo_guard.cli import create_app
from tlpo_guard.registry import AdapterRegistry


@pytest.fixture
def registry(tmp_path: Path) -> AdapterRegistry:
    """v0001 passed the gate, v0002 did not; neither was promoted."""
    registry = AdapterRegistry(tmp_path / "adapters")
    day = "2026-11-24T12:00:00+00:00"
    registry.add(write, {"parent": "base", "events": 120, "created_at": day}, {"passed": True, "perplexity": 12.5})
    registry.add(write, {"parent": "v0001", "events": 30, "created_at": day}, {"passed": False})
    return registry


def write(folder: Path) -> None:
    (folder / "adapter_model.safetensors").write_bytes(b"weights")


def adapters(registry: AdapterRegistry, *arguments: str) -> Result:
    return CliRunner().invoke(
        create_app(),
        ["adapters", *arguments, "--data-dir", str(registry.root.parent)],
        env={"COLUMNS": "160", "NO_COLOR": "1"},
    )


def rows(done: Result) -> list[list[str]]:
    assert done.exit_code == 0, done.output
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines() if "│" in line]


def test_list_shows_every_version_its_gate_and_where_it_comes_from(registry: AdapterRegistry) -> None:
    assert rows(adapters(registry, "list")) == [
        ["base", "*", "", "", "", ""],
        ["v0001", "", "passed", "base", "120", "2026-11-24T12:00:00+00:00"],
        ["v0002", "", "failed", "v0001", "30", "2026-11-24T12:00:00+00:00"],
    ]


def test_list_marks_the_current_version_only(registry: AdapterRegistry) -> None:
    registry.promote("v0001")
    assert [row[:2] for row in rows(adapters(registry, "list"))] == [["base", ""], ["v0001", "*"], ["v0002", ""]]


def test_without_a_registry_the_base_is_served(tmp_path: Path) -> None:
    empty = AdapterRegistry(tmp_path / "adapters")
    assert rows(adapters(empty, "list")) == [["base", "*", "", "", "", ""]]
    assert adapters(empty, "rollback").stdout == "current version: base\n"


def test_show_prints_lineage_and_report(registry: AdapterRegistry) -> None:
    done = adapters(registry, "show", "v0001")
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    assert shown["report"] == {"passed": True, "perplexity": 12.5}
    assert (shown["lineage"]["parent"], shown["lineage"]["events"]) == ("base", 120)
    assert list(shown["lineage"]["files"]) == ["adapter_model.safetensors"]


def test_promote_and_rollback_move_what_is_served(registry: AdapterRegistry) -> None:
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
def test_an_unknown_version_is_named_and_nothing_changes(registry: AdapterRegistry, command: str, version: str) -> None:
    registry.promote("v0001")
    done = adapters(registry, command, version)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"error: no adapter version {version!r}; `tlpo-guard adapters list` shows them\n"
    assert registry.current() == "v0001"


def test_a_damaged_version_is_not_promoted(registry: AdapterRegistry) -> None:
    (registry.root / "v0002" / "adapter_model.safetensors").write_bytes(b"other")
    done = adapters(registry, "promote", "v0002")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "v0002 is damaged: adapter_model.safetensors" in done.stderr
    assert registry.current() == "base"


def test_a_damaged_version_is_not_rolled_back_to(registry: AdapterRegistry) -> None:
    registry.promote("v0001")
    registry.promote("v0002")
    (registry.root / "v0001" / "adapter_model.safetensors").unlink()
    done = adapters(registry, "rollback")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "v0001" in done.stderr
    assert registry.current() == "v0002"


@pytest.mark.parametrize("content", ["{", "[]", None])
def test_a_version_that_cannot_be_read_is_listed_as_damaged(registry: AdapterRegistry, content: str | None) -> None:
    lineage = registry.root / "v0001" / "lineage.json"
    lineage.unlink() if content is None else lineage.write_text(content)
    listed = rows(adapters(registry, "list"))
    assert [row[2] for row in listed] == ["", "damaged", "failed"]
    assert "v0001 is damaged" in adapters(registry, "show", "v0001").stderr


def test_show_of_the_base(registry: AdapterRegistry) -> None:
    shown = adapters(registry, "show", "base")
    assert json.loads(shown.stdout) == {"lineage": None, "report": None, "current": True}


def test_looking_makes_nothing(tmp_path: Path) -> None:
    missing = AdapterRegistry(tmp_path / "none" / "adapters")
    assert rows(adapters(missing, "list"))[0][0] == "base"
    assert adapters(missing, "show", "v0001").exit_code == 1
    assert not (tmp_path / "none").exists()
