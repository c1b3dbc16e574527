"""How far a run is, as another process reads it."""

from pathlib import Path

import pytest

from distill.run.progress import WatchedProgress
from tlpo_guard.run_progress import RunProgress, read_progress


def test_a_run_says_how_far_it_is_until_it_ends(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    progress = WatchedProgress(tmp_path, lambda stage, done, total: told.append((stage, done, total)))
    progress("load", 0, 1)
    progress("train", 1, 4, {"confusion_mass": 0.5, "kl": 0.0})
    progress("train", 2, 4, {"confusion_mass": 0.3, "kl": 0.1})
    read = read_progress(tmp_path)
    assert read is not None and (read.stage, read.done, read.total, read.first) == ("train", 2, 4, 1)
    assert [step["confusion_mass"] for step in read.steps] == [0.5, 0.3]
    assert told == [("load", 0, 1), ("train", 1, 4), ("train", 2, 4)]
    progress.end()
    assert read_progress(tmp_path) is None


def test_the_time_left_is_of_what_is_done_since_the_stage_began() -> None:
    resumed = RunProgress("train", 12, 20, first=10, began=100.0, now=110.0)
    assert resumed.seconds_left == pytest.approx(40.0)
    assert RunProgress("train", 10, 20, first=10, began=100.0, now=110.0).seconds_left is None
