"""One thread for each process, and the real model that the tests share.

What is heavy is imported by the fixtures that need it.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tlpo_guard.models.load import LoadedModel

# Pools of threads of several processes would fight for the cores. Torch and Hugging Face read this when they are imported.
os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}

CACHE = Path(__file__).parent / ".cache"


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """Where the converted model is kept from one run to the next."""
    return CACHE


@pytest.fixture(scope="session")
def smollm2(model_cache: Path) -> "LoadedModel":
    """SmolLM2-135M-Instruct on the CPU, bfloat16."""
    from tlpo_guard.models.load import load_model

    return load_model("smollm2", cache_dir=model_cache, device="cpu")
