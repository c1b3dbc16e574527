"""llama-index against the real server."""

import pytest

from tests.server.clients.environments import STEPS, python_with, run_program
from tests.server.clients.snippets import run_snippet
from tests.server.conftest import Server

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_200)]
PACKAGES = ("llama-index-llms-openai-like==0.8.1",)


@pytest.mark.parametrize("step", STEPS)
def test_llama_index(server: Server, step: str) -> None:
    run_program(server, python_with("llama-index", *PACKAGES), "with_llama_index.py", step)


def test_the_documented_snippet(server: Server) -> None:
    run_snippet(server, "llama-index", python_with("llama-index", *PACKAGES))
