"""The distiller's rewards on candidates that were labelled by hand."""

from pathlib import Path

import pytest

from benchmarks.rewards import judge_of
from tlpo_guard.models.load import load_model


@pytest.fixture(scope="module")
def judge(cache_dir: Path):  # type: ignore[no-untyped-def]
    return judge_of(load_model("smollm2", cache_dir=cache_dir, device="cpu"), cache_dir)
