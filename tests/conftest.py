"""The real model that the tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tlpo_guard.models.load import LoadedModel, load_model

CACHE = Path(__file__).parent / ".cache"


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """Where the converted model is kept from one run to the next."""
    return CACHE


@pytest.fixture(scope="session")
def smollm2(model_cache: Path) -> Iterator[LoadedModel]:
    """SmolLM2-135M-Instruct on the CPU, bfloat16, two threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield load_model("smollm2", cache_dir=model_cache, device="cpu")
    torch.set_num_threads(threads)
