"""Clients that would move our versions, and those of Node, against the real server."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.clients.environments import STEPS, node_with, python_with, run_program
from tests.server.clients.snippets import run_shell, run_snippet
from tests.server.conftest import Server

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_200)]


@dataclass(frozen=True, slots=True)
class Client:
    """A client, as docs/clients.md names it.

    Attributes:
        program: under programs/, which goes through the steps.
        packages: that it needs, pinned.
    """

    name: str
    program: str
    packages: tuple[str, ...]

    @property
    def interpreter(self) -> Path:
        """A Python, or a folder of Node packages; skips the test where it cannot be had."""
        made: Callable[..., Path] = node_with if self.program.endswith(".mjs") else python_with
        return made(self.name, *self.packages)


LLM = Client("llm", "with_llm.py", ("llm==0.36",))
LIBRARIES = (
    Client("dspy", "with_dspy.py", ("dspy==3.4.1",)),
    Client("llama-index", "with_llama_index.py", ("llama-index-llms-openai-like==0.8.1",)),
    Client("openai-agents", "with_openai_agents.py", ("openai-agents==0.24.0",)),
    Client("pydantic-ai", "with_pydantic_ai.py", ("pydantic-ai-slim[openai]==2.68.0",)),
    Client("openai-node", "openai_node.mjs", ("openai@6.49.0", "zod@4.6.7")),
    Client(
        "ai-sdk",
        "ai_sdk.mjs",
        ("ai@6.0.326", "@ai-sdk/openai-compatible@2.0.92", "@ai-sdk/openai@3.0.141", "zod@4.6.7"),
    ),
)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("client", [*LIBRARIES, LLM], ids=lambda client: client.name)
def test_a_step(server: Server, client: Client, step: str) -> None:
    run_program(server, client.interpreter, client.program, step)


@pytest.mark.parametrize("client", LIBRARIES, ids=lambda client: client.name)
def test_the_documented_snippet(server: Server, client: Client) -> None:
    run_snippet(server, client.name, client.interpreter)


def test_the_documented_command(server: Server, tmp_path: Path) -> None:
    assert "Paris" in run_shell(server, LLM.name, LLM.interpreter, tmp_path)
