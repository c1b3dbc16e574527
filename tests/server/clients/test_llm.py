"""llm against the real server."""

from pathlib import Path

import pytest

from tests.server.clients.environments import STEPS, python_with, run_program
from tests.server.clients.snippets import run_shell
from tests.server.conftest import Server

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_200)]
PACKAGES = ("llm==0.36",)


@pytest.mark.parametrize("step", STEPS)
def test_llm(server: Server, step: str) -> None:
    run_program(server, python_with("llm", *PACKAGES), "with_llm.py", step)


def test_the_documented_snippet(server: Server, tmp_path: Path) -> None:
    assert "Paris" in run_shell(server, "llm", python_with("llm", *PACKAGES), tmp_path)
