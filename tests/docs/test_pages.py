"""The pages and the README: every block of code is run, and links lead somewhere."""

import json
import re
import subprocess
import sys
import tomllib
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tests.cache import CACHE, small_model_folder
from tests.commands import warm_environment
from tests.docs.blocks import DOCS, ROOT, Block, blocks, pages
from tests.processes import run_code
from tests.server.conftest import Server
from tests.tlpo_guard.cli.test_events import EVENTS
from tlpo_guard.events.store import EventStore

ELSEWHERE = {  # pages whose blocks other tests run
    "clients": "tests/server/clients",
    "reproduce": "tests/docs/test_reproduce.py",
    "vllm-server": "tests/tlpo_guard/integrations/vllm/test_server.py",
    **dict.fromkeys(("llama-cpp", "mlx", "transformers", "index"), "tests/docs/test_engine_pages.py"),
}
SECONDS = 300
ANSWERS = [
    {"id": "a", "prompt": "날씨가 어때요?", "completion": "오늘은 复杂 날씨입니다.", "created": 1767225600},
    {"id": "b", "language": "de", "completion": "Das Wetter ist schön."},
]
BLOCKS = [
    block for page in pages() for block in blocks(page) if page.stem not in ELSEWHERE or page == DOCS / "index.md"
]
RUN = [block for block in BLOCKS if block.why is None]


def of_kind(*kinds: str) -> list[Block]:
    return [block for block in RUN if block.kind in kinds]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a reader stands: a small model, answers, a keys file, and a data folder with a log and an adapter registry."""
    (tmp_path / "model").symlink_to(small_model_folder(CACHE))
    (tmp_path / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ANSWERS))
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "adapters").mkdir()
    (tmp_path / "data" / "cache").symlink_to(CACHE)
    with closing(EventStore(tmp_path / "data" / "events.sqlite3")) as store:
        now = datetime.now(UTC)
        store.add([replace(event, created_at=now, model=str(tmp_path / "model")) for event in EVENTS])
    return tmp_path


def shell(code: str, folder: Path) -> str:
    """What commands print, with the program on the path."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        cwd=folder,
        env=warm_environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    few_events = done.returncode == 4 and "distill" in code
    assert done.returncode == 0 or few_events, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(
            block, id=str(block), marks=[pytest.mark.long, pytest.mark.timeout(3_600)] if block.how == "long" else ()
        )
        for block in of_kind("bash")
    ],
)
def test_commands_run(block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if block.how == "long":
        monkeypatch.setattr(sys.modules[__name__], "SECONDS", 3_000)
    shell(block.code, folder)


@pytest.mark.parametrize("block", of_kind("console"), ids=str)
def test_commands_print_what_the_page_says(block: Block, folder: Path) -> None:
    """In the output `*` stands for anything in a list's or a number's place."""
    first, *expected = block.code.splitlines()
    printed = shell(first.removeprefix("$ "), folder).splitlines()
    assert len(printed) == len(expected)
    for line, pattern in zip(printed, expected, strict=True):
        assert re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), line), line


@pytest.mark.parametrize("block", of_kind("python"), ids=str)
def test_python_runs(block: Block, folder: Path, request: pytest.FixtureRequest) -> None:
    code = block.code
    if block.how == "server":
        server: Server = request.getfixturevalue("server")
        assert "http://127.0.0.1:8000" in code and "your-key" in code
        code = code.replace("http://127.0.0.1:8000", server.url).replace("your-key", server.key)
    done = run_code(code, cwd=folder, timeout=SECONDS)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout


@pytest.mark.parametrize("block", of_kind("toml"), ids=str)
def test_settings_are_settings(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from distill.config import load_config
    from tlpo_guard.settings import load_settings

    assert tomllib.loads(block.code)
    (tmp_path / "tlpo-guard.toml").write_text(block.code)
    monkeypatch.setenv("TLPO_GUARD_CONFIG", str(tmp_path / "tlpo-guard.toml"))
    monkeypatch.chdir(tmp_path)
    if "watched.jsonl" in block.code:
        (tmp_path / "watched.jsonl").write_text('{"prompt": "안녕하세요?", "language": "ko"}\n')
    load_settings()
    load_config({})


@pytest.mark.parametrize("block", of_kind("json", "yaml"), ids=str)
def test_data_is_data(block: Block, tmp_path: Path) -> None:
    if block.kind == "yaml":
        assert yaml.safe_load(block.code)
        return
    (tmp_path / "row.jsonl").write_text(block.code)
    row = json.loads(block.code)
    assert isinstance(row, dict)
    if block.page.stem == "scan":
        assert json.loads(shell("tlpo-guard scan row.jsonl", tmp_path))["language"]


def test_every_block_is_of_a_kind_that_is_run_or_says_why_not() -> None:
    kinds = {"bash", "console", "python", "toml", "json", "yaml", "math", "js"}
    assert [str(block) for block in RUN if block.kind not in kinds and block.page.stem != "architecture"] == []
    for block in BLOCKS:
        if block.kind == "python":
            compile(block.code, str(block), "exec")
    for tests in ELSEWHERE.values():
        assert (ROOT / tests).exists(), tests


def test_links_lead_somewhere() -> None:
    generated = {DOCS / "reference" / f"{name}.md" for name in ("cli", "http", "settings", "python")}
    for page in [*pages(), *ROOT.glob("*.md"), ROOT / "examples" / "README.md"]:
        text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\((?!http|mailto|#)([^)#]+)", text):
            path = (page.parent / target).resolve()
            assert path.exists() or path in generated, (page.name, target)
