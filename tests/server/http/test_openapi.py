"""The server against its own OpenAPI document: whatever is sent, no failure and no answer that the document does not tell."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.conftest import Server, start_small

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance"
)
HOOKS = '''
import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    """Most bodies name the model that is served, or none of them would get any further."""
    if isinstance(case.body, dict) and isinstance(case.body.get("model"), str) and len(case.body["model"]) != 7:
        case.body["model"] = "smollm2"
'''


@pytest.fixture
def fuzzed(tmp_path: Path, small_model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("TLPO_GUARD_ADMIN_KEY", "secret-of-admins")
    short = ("--public-docs", "--max-new-tokens", "4", "--deadline-seconds", "2", "--log-level", "error")
    server = start_small(tmp_path / "data", small_model, *short)
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("cases", "phases"),
    [
        (120, "examples,fuzzing"),
        pytest.param(2_000, "examples,coverage,fuzzing", marks=[pytest.mark.long, pytest.mark.timeout(3_600)]),
    ],
)
def test_no_request_of_any_form_breaks_the_server_or_its_promises(
    fuzzed: Server, tmp_path: Path, cases: int, phases: str
) -> None:
    (tmp_path / "fuzz_hooks.py").write_text(HOOKS)
    operations = 19
    failed = []
    for part, key in (("/admin", "secret-of-admins"), ("/", "secret-of-the-tests")):
        path = ("--include-path-regex", "^/admin") if part == "/admin" else ("--exclude-path-regex", "^/admin")
        report = tmp_path / f"report{len(part)}.txt"
        command = [str(Path(sys.executable).parent / "schemathesis"), "run", f"{fuzzed.url}/openapi.json"]
        flags = [
            "--checks",
            CHECKS,
            "--max-examples",
            str(max(2, cases // operations)),
            "--phases",
            phases,
        ]
        more = ["--header", f"Authorization: Bearer {key}", "--seed", "1", "--request-timeout", "60", "--no-color"]
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": str(tmp_path)}
        with report.open("wb") as out:
            ended = subprocess.run(
                [*command, *flags, *more, *path],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=tmp_path,
                check=False,
            )
        told = report.read_text(errors="replace")
        print(told[-2_000:])  # noqa: T201 (with -s: the figures)
        if ended.returncode != 0:
            failed.append(told[-6_000:])
    assert failed == []
    assert httpx.get(f"{fuzzed.url}/health").json()["status"] == "ok"
