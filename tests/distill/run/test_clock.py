"""How long a run has worked, over crashes."""

import time
from pathlib import Path

import pytest

from distill.run.clock import RunClock
from distill.run.run_folder import RunFolder

HOUR = 3_600.0


def test_the_time_in_which_no_process_ran_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    first = RunClock(RunFolder(tmp_path))
    now += 60.0
    first.keep()
    now += 5.0  # lost in the crash
    assert first.seconds == 65.0
    now += 23 * HOUR
    second = RunClock(RunFolder(tmp_path))
    assert second.seconds == 60.0
    now += 30.0
    second.keep()
    now -= 20 * HOUR  # the machine was started anew
    assert RunClock(RunFolder(tmp_path)).seconds == 90.0
