"""The pages on engines: each block of code is run where its engine is installed, or says why it is not."""

import importlib.util
import shlex
from pathlib import Path

import pytest

from tests.cache import CACHE, small_model_folder
from tests.docs.blocks import DOCS, Block, blocks
from tests.processes import run_cli, run_code
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
        ended = [run_code(block.code, cwd=tmp_path)]
    else:
        assert block.kind == "bash", block.code
        ended = [run_cli(*shlex.split(line)[1:], cwd=tmp_path) for line in block.code.splitlines()]
    for done in ended:
        assert done.returncode == 0, done.stderr[-2000:]
        assert done.stdout or "open_store" in block.code
