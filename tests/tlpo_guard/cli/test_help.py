import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, version
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from tlpo_guard import cli
from tlpo_guard.errors import ConfigurationError

HEAVY = {"torch", "transformers", "sqlalchemy", "fastapi", "datasets", "peft", "pydantic_settings", "numpy"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)


def test_help_lists_the_commands_and_imports_nothing_heavy() -> None:
    done = run("-X", "importtime", "-m", "tlpo_guard", "--help")
    for command in ("serve", "distill", "events", "adapters", "intent", "scan", "eval", "doctor"):
        assert command in done.stdout
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "typer" in imported
    assert not imported & HEAVY


@pytest.mark.parametrize("command", ["events", "adapters", "eval", "scan", "intent", "doctor"])
def test_a_command_alone_is_the_one_among_all(command: str) -> None:
    alone, among = (CliRunner().invoke(app, [command, "--help"]) for app in (cli.create_app(command), cli.create_app()))
    assert alone.exit_code == 0
    assert alone.output == among.output


def test_scan_imports_no_other_command_and_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    (tmp_path / "answers.jsonl").write_text('{"language": "de", "completion": "Das ist gut."}\n')
    done = run("-X", "importtime", "-m", "tlpo_guard", "scan", str(tmp_path / "answers.jsonl"))
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "tlpo_guard.scan.scanner" in imported
    unused = "torch wordfreq rich.progress babel pydantic_settings distill.cli server.cli"
    for module in (*unused.split(), "tlpo_guard.cli.evaluate", "tlpo_guard.intent.instruction"):
        assert module not in imported


def test_version() -> None:
    command = Path(sys.executable).with_name("tlpo-guard")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"tlpo-guard {version('tlpo-guard')}\n"


def test_a_command_that_cannot_be_imported_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("fly", "no_such_package.cli:fly", cli.COMMANDS)
    monkeypatch.setattr(cli, "_entries", lambda: [broken])
    assert "doctor" in CliRunner().invoke(cli.create_app(), ["--help"]).output
    done = CliRunner().invoke(cli.create_app(), ["fly"])
    assert done.exit_code == 1
    assert "error: `fly` cannot be loaded (No module named 'no_such_package')" in done.output


def test_our_errors_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise ConfigurationError("port is 99999")

    app = cli.create_app()
    app.command("refuse")(refuse)
    nested = typer.Typer()
    nested.command("refuse")(refuse)
    nested.command("other")(refuse)
    app.add_typer(nested, name="nested")
    for arguments in (["refuse"], ["nested", "refuse"]):
        done = CliRunner().invoke(app, arguments)
        assert (done.exit_code, done.stderr, done.stdout) == (1, "error: port is 99999\n", "")


JSON_ALREADY = {  # what they print is JSON lines, or a log with a format of its own
    "events export",
    "serve",
    "distill schedule",
    "distill prompts",
}


def commands(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def test_every_command_can_print_json() -> None:
    root = typer.main.get_command(cli.create_app())
    assert isinstance(root, TyperGroup)
    found = dict(commands(root))
    assert len(found) > 25
    without = {name for name, command in found.items() if not any("--json" in one.opts for one in command.params)}
    assert without == JSON_ALREADY


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_commands(shell: str) -> None:
    words = {
        "bash": {"COMP_WORDS": "tlpo-guard ev", "COMP_CWORD": "1"},
        "zsh": {"_TYPER_COMPLETE_ARGS": "tlpo-guard ev"},
    }
    asked = words.get(shell, {"_TYPER_COMPLETE_ARGS": "tlpo-guard ev", "_TYPER_COMPLETE_FISH_ACTION": "get-args"})
    done = subprocess.run(
        [Path(sys.executable).with_name("tlpo-guard")],
        env=os.environ | asked | {"_TLPO_GUARD_COMPLETE": f"complete_{shell}"},
        capture_output=True,
        text=True,
    )
    assert "events" in done.stdout and "eval" in done.stdout and "adapters" not in done.stdout
