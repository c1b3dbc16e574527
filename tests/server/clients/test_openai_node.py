"""openai-node against the real server."""

import pytest

from tests.server.clients.environments import STEPS, node_with, run_program
from tests.server.clients.snippets import run_snippet
from tests.server.conftest import Server

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_200)]
PACKAGES = (
    "openai@6.49.0",
    "zod@4.6.7",
)


@pytest.mark.parametrize("step", STEPS)
def test_openai_node(server: Server, step: str) -> None:
    run_program(server, node_with("openai-node", *PACKAGES), "openai_node.mjs", step)


def test_the_documented_snippet(server: Server) -> None:
    run_snippet(server, "openai-node", node_with("openai-node", *PACKAGES))
