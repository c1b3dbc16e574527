"""ai-sdk against the real server."""

import pytest

from tests.server.clients.environments import STEPS, node_with, run_program
from tests.server.clients.snippets import run_snippet
from tests.server.conftest import Server

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_200)]
PACKAGES = (
    "ai@6.0.326",
    "@ai-sdk/openai-compatible@2.0.92",
    "@ai-sdk/openai@3.0.141",
    "zod@4.6.7",
)


@pytest.mark.parametrize("step", STEPS)
def test_ai_sdk(server: Server, step: str) -> None:
    run_program(server, node_with("ai-sdk", *PACKAGES), "ai_sdk.mjs", step)


def test_the_documented_snippet(server: Server) -> None:
    run_snippet(server, "ai-sdk", node_with("ai-sdk", *PACKAGES))
