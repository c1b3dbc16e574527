"""What the commands import: nothing that trains, before there is something to train."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ["torch", "transformers", "peft", "datasets", "matplotlib", "trl", "accelerate", "lm_eval"]
RUN = """
import sys
from tlpo_guard.cli import main

try:
    main()
finally:
    sys.stdout.write("\\nimported: " + " ".join(name for name in {heavy} if name in sys.modules))
"""


def imported_by(*arguments: str) -> tuple[int, str, set[str]]:
    """Exit code, output, and the heavy packages that a command has imported."""
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(heavy=HEAVY), *arguments], capture_output=True, text=True, check=False
    )
    assert "\nimported: " in done.stdout, done.stderr
    output, _, names = done.stdout.rpartition("\nimported: ")
    return done.returncode, output + done.stderr, set(names.split())


@pytest.mark.parametrize("command", ["", "schedule", "export", "import"])
def test_help_imports_nothing_that_trains(command: str) -> None:
    code, output, imported = imported_by("distill", *command.split(), "--help")
    assert code == 0 and "Usage: " in output
    assert imported == set()


@pytest.mark.parametrize("flags", [["--dry-run"], []])
def test_a_log_without_events_is_told_without_importing_what_trains(tmp_path: Path, flags: list[str]) -> None:
    code, output, imported = imported_by("distill", "--data-dir", str(tmp_path), *flags)
    assert code == 4 and "0 usable events" in output
    assert imported == set()


@pytest.mark.parametrize("flags", [["--dry-run"], []])
@pytest.mark.parametrize(("text", "problem"), [(None, "cannot be read"), ("\n", "holds no prompts")])
def test_a_file_without_prompts_is_told_without_importing_what_trains(
    tmp_path: Path, text: str | None, problem: str, flags: list[str]
) -> None:
    file = tmp_path / "prompts.jsonl"
    if text is not None:
        file.write_text(text)
    arguments = ("--recipe", "paper", "--prompts", str(file), "--data-dir", str(tmp_path / "data"))
    code, output, imported = imported_by("distill", *arguments, *flags)
    assert code == 1 and f"{file} {problem}" in output
    assert imported == set()


@pytest.mark.parametrize(("recipe", "hinted"), [("paper", True), ("default", False)])
def test_the_papers_recipe_on_an_empty_log_hints_at_a_file_of_prompts(
    tmp_path: Path, recipe: str, hinted: bool
) -> None:
    code, output, _ = imported_by("distill", "--data-dir", str(tmp_path), "--recipe", recipe)
    assert code == 4 and "0 usable events" in output
    assert ("--prompts FILE" in output) == hinted


def test_events_are_exported_without_importing_what_trains(tmp_path: Path) -> None:
    assert imported_by("distill", "--data-dir", str(tmp_path), "--dry-run")[0] == 4  # makes the empty log
    file = tmp_path / "events.jsonl"
    code, output, imported = imported_by("distill", "export", "--data-dir", str(tmp_path), "--output", str(file))
    assert code == 0 and "0 events written" in output and file.is_file()
    assert imported == set()


def test_selection_and_settings_import_nothing_that_trains() -> None:
    modules = [
        "distill.config",
        "distill.selection.point_selection",
        "distill.run.distillation",
        "distill.evaluation.gate",
    ]
    program = f"import sys, {', '.join(modules)}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
