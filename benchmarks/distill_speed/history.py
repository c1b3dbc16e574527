"""A default training as it is, beside that of an earlier commit of this repository.

`python -m benchmarks.distill_speed.history --help`. Both learn from the same points of a log, each with the defaults of its
day: layers, weight, look-ahead. The earlier code is checked out into a folder of its own, and runs with the packages that are
installed now.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.distill_speed.__main__ import TIMES
from benchmarks.quality.training import logged_points
from distill.config import DistillConfig
from tlpo_guard.models.load import load_model

HERE = Path(__file__).parents[2]
# Of 27 November 2026: a forward for each part of a step, on all layers; the base reads the anchors anew in each.
BEFORE = "65213b1"


def main(
    log: Annotated[Path, typer.Argument(help="A folder that `python -m benchmarks.quality log` has made.")],
    commit: Annotated[str, typer.Option(help="What today's code is held against.")] = BEFORE,
    steps: Annotated[int, typer.Option(min=1, help="Optimizer steps.")] = 4,
    model: Annotated[str, typer.Option(help="Name, folder or GGUF file; that of the log.")] = "smollm2",
) -> None:
    """Print the CPU seconds of both, a point."""
    with TemporaryDirectory() as name:
        points = Path(name) / "points.json"
        points.write_text(json.dumps(_points(log, model)))
        with _checked_out(commit, Path(name) / "earlier") as earlier:
            costs = {tree: cost(tree, points, steps, log / "cache", model) for tree in (earlier, HERE)}
    before, now = costs[earlier], costs[HERE]
    table = Table("", "steps, CPU s a point", "anchors, CPU s")
    for label, took in ((commit, before), ("now", now)):
        table.add_row(label, f"{_a_point(took, steps):.3f}", f"{took['anchors']:.0f}")
    console = Console()
    console.print(table)
    console.print(f"{_a_point(before, steps) / _a_point(now, steps):.2f} times fewer CPU seconds a point (bar {TIMES})")


def _points(log: Path, model: str) -> list[dict[str, Any]]:
    config = DistillConfig()
    return [asdict(group) for group in logged_points(load_model(model, cache_dir=log / "cache"), config, log)]


@contextmanager
def _checked_out(commit: str, folder: Path) -> Iterator[Path]:
    _git("worktree", "add", "--detach", str(folder), commit)
    try:
        yield folder
    finally:
        _git("worktree", "remove", "--force", str(folder))


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(HERE), *arguments], check=True, capture_output=True)


def cost(tree: Path, points: Path, steps: int, cache: Path, model: str) -> dict[str, float]:
    """CPU seconds of a training by the code of a checkout: of its `anchors` and of its `steps`, and the `points` of a step.

    Args:
        points: JSON of groups.
        cache: where the model is unpacked to.
    """
    script = HERE / "benchmarks/distill_speed/whole.py"
    command = [sys.executable, "-P", "-W", "ignore", str(script), str(points), str(steps), str(cache.resolve()), model]
    environment = os.environ | {"PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=tree, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _a_point(took: dict[str, float], steps: int) -> float:
    return took["steps"] / (took["points"] * steps)


if __name__ == "__main__":
    typer.run(main)
