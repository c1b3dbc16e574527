"""Interpreters of their own for clients that would move our versions: made once and kept in the tests' cache."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from filelock import FileLock

from tests.cache import CACHE
from tests.server.conftest import Server

__all__ = ["PROGRAMS", "STEPS", "node_with", "python_with", "run", "run_program"]

PROGRAMS = Path(__file__).parent / "programs"
STEPS = ("chat", "stream", "tools", "structured", "conversation")
_CLIENTS = CACHE / "clients"


def python_with(name: str, *packages: str) -> Path:
    """The interpreter of a virtual environment with some packages; skips the test where they cannot be had."""
    folder = _CLIENTS / name
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages]

    def make() -> list[Sequence[str]]:
        return [[sys.executable, "-m", "venv", "--clear", str(folder)], command]

    _made(folder, packages, make)
    return folder / "bin" / "python"


def node_with(name: str, *packages: str) -> Path:
    """A folder with some packages of npm; skips the test where they, or Node, cannot be had."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("this client needs Node and npm")
    folder = _CLIENTS / name

    def make() -> list[Sequence[str]]:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        return [["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", *packages]]

    _made(folder, packages, make)
    return folder


def _made(folder: Path, packages: Sequence[str], make: Callable[[], list[Sequence[str]]]) -> None:
    stamp = folder / "packages.txt"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if stamp.exists() and stamp.read_text().split() == list(packages):
            return
        for command in make():
            ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
            if ended.returncode != 0:
                pytest.skip(f"{' '.join(packages)} cannot be installed: {ended.stderr.strip()[-300:]}")
        stamp.write_text("\n".join(packages))


def run_program(server: Server, interpreter: Path, program: str, step: str) -> None:
    """Run one step of a client's program against the server.

    Args:
        interpreter: a Python, or a folder of Node packages.
    """
    run(interpreter, (PROGRAMS / program).read_text(), program, f"{server.url}/v1", server.key, step)


def run(interpreter: Path, source: str, name: str, *arguments: str) -> None:
    """Run a program, which says by its exit code whether all went well."""
    if interpreter.is_dir():  # Node looks for packages beside the program
        command = ["node", str(_written(interpreter / f"{'-'.join(arguments[-1:])}{name}", source))]
    else:
        command = [str(interpreter), "-c", source]
    ended = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=False, timeout=300, env=_environment(interpreter)
    )
    assert ended.returncode == 0, f"{ended.stdout[-2_000:]}\n{ended.stderr[-4_000:]}"


def _written(path: Path, source: str) -> Path:
    path.write_text(source)
    return path


def _environment(interpreter: Path) -> dict[str, str]:
    """Ours, less what belongs to our own interpreter; no telemetry, and no price list from the network."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    path = f"{interpreter.parent}:{os.environ['PATH']}"
    return ours | {"PATH": path, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "OPENAI_AGENTS_DISABLE_TRACING": "1"}
