"""openai-agents against the real server."""

import pytest

from tests.server.clients.environments import STEPS, python_with, run_program
from tests.server.clients.snippets import run_snippet
from tests.server.conftest import Server

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_200)]
PACKAGES = ("openai-agents==0.24.0",)


@pytest.mark.parametrize("step", STEPS)
def test_openai_agents(server: Server, step: str) -> None:
    run_program(server, python_with("openai-agents", *PACKAGES), "with_openai_agents.py", step)


def test_the_documented_snippet(server: Server) -> None:
    run_snippet(server, "openai-agents", python_with("openai-agents", *PACKAGES))
