"""dspy against the real server."""

import pytest

from tests.server.clients.environments import STEPS, python_with, run_program
from tests.server.clients.snippets import run_snippet
from tests.server.conftest import Server

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_200)]
PACKAGES = ("dspy==3.4.1",)


@pytest.mark.parametrize("step", STEPS)
def test_dspy(server: Server, step: str) -> None:
    run_program(server, python_with("dspy", *PACKAGES), "with_dspy.py", step)


def test_the_documented_snippet(server: Server) -> None:
    run_snippet(server, "dspy", python_with("dspy", *PACKAGES))
