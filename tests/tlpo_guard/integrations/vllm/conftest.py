"""What the real engines run."""

from typing import Any

import pytest


@pytest.fixture(scope="module")
def folder(smollm2: Any) -> str:
    """Of the packaged model."""
    return str(smollm2.model.name_or_path)
