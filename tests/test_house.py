"""How the product is built: its layers, and how long a file and a function may be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("tlpo_guard", "server", "distill")
LINES_OF_A_FILE, LINES_OF_AN_ADAPTER, LINES_OF_A_FUNCTION = 350, 150, 60
DATA = {"tlpo_guard/intent/everyday.py", "tlpo_guard/intent/further_phrases.py", "tlpo_guard/intent/phrases.py"}
LONG_FUNCTIONS: set[str] = set()


def files() -> Iterator[tuple[str, str]]:
    """Path and text of each file of the product."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text()


def test_no_file_is_long_but_data() -> None:
    assert [path for path, text in files() if text.count("\n") > LINES_OF_A_FILE and path not in DATA] == []


def test_an_adapter_to_an_engine_is_short() -> None:
    adapters = {path: text.count("\n") for path, text in files() if path.startswith("tlpo_guard/integrations/")}
    assert adapters
    assert [path for path, lines in adapters.items() if lines > LINES_OF_AN_ADAPTER] == []


def test_no_function_is_long() -> None:
    long = {
        f"{path}:{node.name}"
        for path, text in files()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LINES_OF_A_FUNCTION
    }
    assert long <= LONG_FUNCTIONS


def test_the_layers_hold() -> None:
    # In a process of its own: the library sets up logging anew, and with that silences all loggers of this one.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", ["tlpo_guard.guard", "tlpo_guard.generation"])
def test_the_guard_and_generation_import_torch_and_numpy_only(package: str) -> None:
    graph = grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)
    kernels = {"tlpo_guard.guard.kernels"} | graph.find_descendants(
        "tlpo_guard.guard.kernels"
    )  # imported on a GPU only
    modules = ({package} | graph.find_descendants(package)) - kernels
    imported = {
        name.partition(".")[0] for module in modules for name in graph.find_modules_directly_imported_by(module)
    }
    assert "numpy" in imported or "torch" in imported
    assert imported - set(sys.stdlib_module_names) <= {"numpy", "torch", "tlpo_guard"}
