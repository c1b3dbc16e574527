"""The pages on engines: each block of code is run where its engine is installed, or says why it is not."""

import importlib.util
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cache import CACHE, small_model_folder
from tlpo_guard.models.names import bundled_gguf

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "engines").glob("*.md"))
PACKAGES = {"llama-cpp": "llama_cpp", "mlx": "mlx_lm", "transformers": "transformers", "index": "transformers"}
_BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<why>[^>]+) -->\n)?```(?P<kind>\w*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    page: Path
    why: str | None
    kind: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.stem}: {self.code.splitlines()[0]}"


BLOCKS = [
    Block(page, found["why"], found["kind"], found["code"])
    for page in PAGES
    for found in _BLOCK.finditer(page.read_text())
]
RUN = [block for block in BLOCKS if block.why is None and block.page.stem in PACKAGES]


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


def test_python_that_is_not_run_is_python_at_least() -> None:
    for block in BLOCKS:
        if block.kind == "python":
            compile(block.code, str(block), "exec")


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), (page.name, target)
