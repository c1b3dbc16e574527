"""The pages on engines: each block of code is run where its engine is installed, or says why it is not."""

import importlib.util
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cache import CACHE, small_model_folder
from tests.docs.blocks import DOCS, Block, blocks
from tlpo_guard.models.names import bundled_gguf

PACKAGES = {"llama-cpp": "llama_cpp", "mlx": "mlx_lm", "transformers": "transformers", "index": "transformers"}
RUN = [
    block
    for page in sorted((DOCS / "engines").glob("*.md"))
    for block in blocks(page)
    if block.why is None and page.stem in PACKAGES
]


@pytest.mark.parametrize("block", RUN, ids=str)
def test_a_block_runs(block: Block, tmp_path: Path) -> None:
    if importlib.util.find_spec(PACKAGES[block.page.stem]) is None:
        pytest.skip(f"{block.page.stem} is not installed")
    (tmp_path / "model").symlink_to(small_model_folder(CACHE))
    (tmp_path / "model.gguf").symlink_to(bundled_gguf())
    if block.kind == "python":
        commands = [[sys.executable, "-c", block.code]]
    else:
        assert block.kind == "bash", block.code
        commands = [
            [sys.executable, "-m", *shlex.split(line.replace("tlpo-guard", "tlpo_guard", 1))]
            for line in block.code.splitlines()
        ]
    for command in commands:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        assert done.stdout or "open_store" in block.code
