"""Speculative decoding on V1's runner, which takes no logits processors."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("vllm")

from tests.tlpo_guard.integrations.vllm.engines import ENVIRONMENT, GUARD

ROOT = Path(__file__).parents[4]
START = """
import sys
from vllm import LLM
LLM(sys.argv[1], enforce_eager=True, max_model_len=256, kv_cache_memory_bytes=64 << 20, block_size=32,
    speculative_config={"method": "ngram", "num_speculative_tokens": 3, "prompt_lookup_max": 4}, **eval(sys.argv[2]))
"""


def installed(folder: Path) -> Path:
    """A folder that has this package's entry points, as if it were installed."""
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    info = folder / "tlpo_guard-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tlpo-guard\nVersion: 0\n")
    groups = {group: names for group, names in points.items() if group.startswith("vllm.")}
    lines = [line for g, names in groups.items() for line in (f"[{g}]", *(f"{n} = {v}" for n, v in names.items()))]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return folder


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "leaves tlpo-guard out without a word"),
        ({"logits_processors": [GUARD]}, "leaves tlpo-guard out without a word"),
    ],
    ids=["by its entry point", "by its name"],
)
def test_an_engine_that_would_leave_the_guard_out_does_not_start(
    smollm2: Any, tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    path = os.pathsep.join([str(installed(tmp_path)), str(ROOT)])
    environment = os.environ | ENVIRONMENT | {"PYTHONPATH": path, "TLPO_GUARD_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "-c", START, str(smollm2.model.name_or_path), repr(options)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode != 0 and message in done.stdout + done.stderr
