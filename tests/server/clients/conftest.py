"""What the clients' tests have in common."""

import os
import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No telemetry, no price list from the network, and their own deprecations are theirs."""
    monkeypatch.setitem(os.environ, "LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.setitem(os.environ, "LANGSMITH_TRACING", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
