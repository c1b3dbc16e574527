"""What is released: the wheel that is built from the sdist, with all that the program reads, in a folder of its own."""

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

import httpx
import pytest

from server.dashboard.assets import asset_url
from tests.test_base_install import HEAVY
from tlpo_guard.tour.serving import serving

ROOT = Path(__file__).parents[1]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "tlpo_guard", "server", "distill")
PACKAGES = ("tlpo_guard", "server", "distill")
MOST_MEGABYTES = 350
ANSWER = {"completion": "한국의 수도는 서울입니다. 그리고 北京.", "language": "ko"}

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_200)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, not from the checkout, where a build leaves files behind that the next one would pack."""
    folder = tmp_path_factory.mktemp("wheel")
    sources, dist = folder / "sources", folder / "dist"
    sources.mkdir()
    for name in SOURCES:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, sources / name)
    builder = environment(folder / "builder")
    subprocess.run([builder, "-m", "pip", "install", "--quiet", "build"], check=True)
    subprocess.run([builder, "-m", "build", "--outdir", str(dist), str(sources)], check=True)
    (built,) = dist.glob("*.whl")
    return built


def environment(folder: Path) -> Path:
    """The Python of a new virtual environment."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return folder / "bin" / "python"


def test_all_that_the_program_reads_is_in_it(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    found = {
        path.relative_to(ROOT).as_posix() for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file()
    }
    kept = {name for name in found if "__pycache__" not in name}
    assert kept <= packed, kept - packed
    endings = {Path(name).suffix for name in kept}
    assert {".py", ".typed", ".jinja", ".css", ".js", ".svg", ".jsonl"} <= endings


def test_alone_it_scans_and_brings_nothing_heavy(wheel: Path, tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text(json.dumps(ANSWER), encoding="utf-8")
    python = environment(tmp_path / "venv")
    constraint = str(ROOT / "constraints.txt")
    begin = time.monotonic()
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--constraint", constraint, str(wheel)], check=True)
    program, report = python.with_name("tlpo-guard"), ["--report", "report.html", "--json"]
    done = subprocess.run([program, "scan", answers, *report], capture_output=True, text=True, cwd=tmp_path)
    print(f"installed, and the first answers scanned, in {time.monotonic() - begin:.0f} s")  # noqa: T201
    assert done.returncode == 0, done.stderr
    assert "北京" in done.stdout and "北京" in (tmp_path / "report.html").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert told.stdout == f"tlpo-guard {project['version']}\n"
    for module in sorted(HEAVY):
        found = subprocess.run([python, "-c", f"import {module}"], capture_output=True, text=True, cwd=tmp_path)
        assert f"No module named '{module}'" in found.stderr
    size = sum(path.lstat().st_blocks * 512 for path in (tmp_path / "venv").rglob("*"))
    assert size <= MOST_MEGABYTES * 1_000_000, f"{size / 1e6:.0f} MB"


def test_a_server_from_it_serves_its_pages(
    wheel: Path, tmp_path: Path, small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the packages that are installed here, and far from the checkout."""
    installed = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(installed), str(wheel)]
    subprocess.run(pip, check=True)
    monkeypatch.setenv("PYTHONPATH", str(installed))
    monkeypatch.setenv("TLPO_GUARD_MODEL", str(small_model))
    monkeypatch.setenv("TLPO_GUARD_ADMIN_KEY", "admin-key-of-the-tests")
    monkeypatch.chdir(tmp_path)
    where = [sys.executable, "-c", "import server.dashboard as package; print(package.__file__)"]
    found = subprocess.run(where, capture_output=True, text=True, check=True, env=os.environ)
    assert Path(found.stdout.strip()).is_relative_to(installed)
    with serving(tmp_path / "data") as url, httpx.Client(base_url=url, follow_redirects=True) as client:
        page = client.post("/dashboard/login", data={"key": "admin-key-of-the-tests"})
        assert page.status_code == 200 and "Overview" in page.text
        static = ROOT / "server" / "dashboard" / "static"
        for file in (path for path in static.rglob("*") if path.is_file()):
            got = client.get(asset_url(file.relative_to(static).as_posix()))
            assert (got.status_code, got.content) == (200, file.read_bytes()), file
