"""What `pip install .` alone gives: the commands that need no model, and no torch."""

import json
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
HEAVY = {"accelerate", "datasets", "fastapi", "matplotlib", "peft", "pyarrow", "torch", "transformers"}

DRIFTING = {"completion": "한국의 수도는 서울입니다. 그리고 北京.", "language": "ko"}
CLEAN = {"completion": "한국의 수도는 서울입니다.", "language": "ko"}
DETECT = """
from tlpo_guard import DriftDetector, GuardPolicy, VocabularyIndex

vocabulary = VocabularyIndex.from_bytes(["가".encode(), "北".encode(), b" the", b"\\xe6", b"\\xea"])
policy = GuardPolicy(languages=("ko",), allow_english=False)
print(DriftDetector(vocabulary).rules(policy).verdicts().drifts.tolist())
"""


@cache
def blocked() -> str:
    """Modules that are installed here, and that the base install does not bring."""
    base: set[str] = set()
    waiting = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    while waiting:
        requirement = Requirement(waiting.pop())
        name = canonicalize_name(requirement.name)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        if name not in base:
            base.add(name)
            waiting += requires(name) or []
    ours = {"tlpo-guard"}
    owners = {module: set(map(canonicalize_name, names)) for module, names in packages_distributions().items()}
    return ",".join(sorted(module for module, names in owners.items() if not names & (base | ours)))


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line, in a folder, without what the extras bring."""
    command = [sys.executable, "-P", str(ROOT / "tests" / "without_extras.py"), blocked(), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    file = tmp_path / "answers.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in (DRIFTING, CLEAN)))
    return file


def test_what_is_heavy_is_blocked_and_what_the_base_needs_is_not() -> None:
    assert set(blocked().split(",")) >= HEAVY
    assert not set(blocked().split(",")) & {"numpy", "regex", "sqlalchemy", "tlpo_guard", "typer"}


def test_scan(answers: Path) -> None:
    done = run(answers.parent, "scan", str(answers))
    assert done.returncode == 0, done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    assert [drift["text"] for drift in first["drifts"]] == ["北京"]
    assert second["passed"]


def test_intent(tmp_path: Path) -> None:
    (tmp_path / "prompts.jsonl").write_text(
        json.dumps({"prompt": "Erkläre mir bitte auf Koreanisch die Jahreszeiten."})
    )
    done = run(tmp_path, "intent", "prompts.jsonl")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["language"] == "ko"


def test_eval(tmp_path: Path) -> None:
    header = "id,model,completion,task,source,language"
    (tmp_path / "outputs.csv").write_text(
        f"{header}\n1,m,한국의 수도는 서울입니다.,monolingual,s,ko\n2,m,The capital is Seoul of course.,monolingual,s,ko\n"
    )
    done = run(tmp_path, "eval", "lcb", "--outputs", "outputs.csv", "--format", "json")
    assert done.returncode == 0, done.stderr
    rates = json.loads(done.stdout)["rates"]
    assert {rate["rpr"] for rate in rates} == {50.0}


def test_doctor_says_what_is_not_installed_and_events_and_adapters_work(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {line[5:15].strip(): (line[:5].strip(), line[15:]) for line in done.stdout.splitlines()}
    assert {name: mark for name, (mark, _) in rows.items()} == {
        "versions": "ok",
        "device": "ok",
        "data dir": "ok",
        "model": "-",
        "store": "ok",
        "adapter": "ok",
    }
    assert rows["model"][1] == "not checked: torch is not installed (pip install 'tlpo-guard[transformers]')"
    stats = run(tmp_path, "events", "stats")
    assert stats.returncode == 0, stats.stderr
    assert "requests" in stats.stdout
    versions = run(tmp_path, "adapters", "list")
    assert versions.returncode == 0, versions.stderr
    assert "base" in versions.stdout


def test_the_detector(tmp_path: Path) -> None:
    done = run(tmp_path, "-c", DETECT)
    assert (done.returncode, done.stdout) == (0, "[False, True, True, True, False]\n"), done.stderr


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (["serve", "--port", "0"], "server"),
        (["distill", "schedule", "--cron", "0 3 * * *"], "distill"),
        (["adapters", "merge", "v0001", "--out", "merged"], "transformers"),
        (["events", "export", "--format", "parquet", "--output", "log.parquet"], "parquet"),
        (["scan", "answers.jsonl", "--report", "report.parquet"], "parquet"),
    ],
)
def test_a_command_whose_extra_is_missing_says_so(tmp_path: Path, arguments: list[str], extra: str) -> None:
    assert run(tmp_path, "doctor").returncode == 0  # makes the log
    done = run(tmp_path, *arguments)
    assert done.returncode == 1
    needs, _, way_out = done.stderr.strip().partition(", which is not installed: ")
    assert needs.startswith(f"error: `{arguments[0]}` needs ")
    assert way_out == f"pip install 'tlpo-guard[{extra}]'"
