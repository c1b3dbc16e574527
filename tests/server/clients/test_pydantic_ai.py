"""pydantic-ai against the real server."""

import pytest

from tests.server.clients.environments import STEPS, python_with, run_program
from tests.server.clients.snippets import run_snippet
from tests.server.conftest import Server

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_200)]
PACKAGES = ("pydantic-ai-slim[openai]==2.68.0",)


@pytest.mark.parametrize("step", STEPS)
def test_pydantic_ai(server: Server, step: str) -> None:
    run_program(server, python_with("pydantic-ai", *PACKAGES), "with_pydantic_ai.py", step)


def test_the_documented_snippet(server: Server) -> None:
    run_snippet(server, "pydantic-ai", python_with("pydantic-ai", *PACKAGES))
