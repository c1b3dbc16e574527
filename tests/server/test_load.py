"""The load benchmark, small."""

from pathlib import Path

from benchmarks.load import run


def test_bad_manners_leave_nothing_behind_and_lose_nothing(tmp_path: Path, model_cache: Path) -> None:
    (tmp_path / "cache").symlink_to(model_cache, target_is_directory=True)
    problems = run(tmp_path, connections=60, seconds=8)
    assert [p for p in problems if not p.startswith("RSS")] == []  # caches still fill in so short a time
