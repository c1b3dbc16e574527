"""What knows of the database, and what is imported with the log and the registry."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DATABASE = {"sqlalchemy", "alembic", "sqlite3"}
EVENTS = ROOT / "tlpo_guard" / "events"
WITHOUT_DATABASE = ("record", "drafts", "log", "cursor", "lease", "remote", "shown", "traffic", "writer")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{name.name}" for name in node.names)


def users_of(names: set[str]) -> set[str]:
    """The modules of the product that import one of the packages or modules, or what is in them."""
    files = [file for package in ("tlpo_guard", "server", "distill") for file in (ROOT / package).rglob("*.py")]
    assert len(files) > 150
    return {
        str(file.relative_to(ROOT))
        for file in files
        for module in imported(file)
        if any(module == name or module.startswith(f"{name}.") for name in names)
    }


def test_only_the_events_package_speaks_to_a_database() -> None:
    found = users_of(DATABASE)
    assert "tlpo_guard/events/database.py" in found
    assert {file for file in found if not file.startswith("tlpo_guard/events/")} == set()
    assert found.isdisjoint(f"tlpo_guard/events/{name}.py" for name in WITHOUT_DATABASE)


def test_nobody_else_knows_the_tables() -> None:
    inner = {f"tlpo_guard.events.{path.stem}" for path in EVENTS.glob("*.py")}
    inner -= {f"tlpo_guard.events.{name}" for name in (*WITHOUT_DATABASE, "opening", "copies", "__init__")}
    assert {"tlpo_guard.events.schema", "tlpo_guard.events.database", "tlpo_guard.events.store"} <= inner
    assert {file for file in users_of(inner) if not file.startswith("tlpo_guard/events/")} == set()


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import tlpo_guard.events.opening, tlpo_guard.events.writer, tlpo_guard.events.lease", {"torch", "numpy"}),
        ("import tlpo_guard.events.remote, tlpo_guard.registry.remote", {"torch", "numpy", "sqlalchemy"}),
        ("import tlpo_guard.registry", {"torch", "numpy", "sqlalchemy", "transformers", "peft"}),
    ],
)
def test_logs_and_registries_import_nothing_heavy(code: str, absent: set[str]) -> None:
    told = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    loaded = set(told.stdout.split())
    assert "tlpo_guard" in loaded
    assert not loaded & absent
