"""The load benchmark."""

from pathlib import Path

import pytest

from benchmarks.load import run
from tests.processes import start_cli


@pytest.mark.parametrize(
    ("connections", "seconds"),
    [(24, 3.0), pytest.param(200, 60.0, marks=[pytest.mark.long, pytest.mark.timeout(1_200)])],
)
def test_bad_manners_leave_nothing_behind_and_lose_nothing(
    tmp_path: Path, small_model: Path, monkeypatch: pytest.MonkeyPatch, connections: int, seconds: float
) -> None:
    (tmp_path / "cache").symlink_to(small_model.parents[1], target_is_directory=True)
    monkeypatch.setenv("TLPO_GUARD_MODEL", str(small_model))
    problems = run(tmp_path, connections, seconds, lambda arguments, log: start_cli(*arguments, output=log))
    assert [p for p in problems if not p.startswith("RSS")] == []  # caches still fill in so short a time
