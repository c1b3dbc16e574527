"""One thread for each process, and the real model that the tests share.

What is heavy is imported by the fixtures that need it.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.cache import CACHE, small_model_folder
from tests.examples import LONG, SHORT

if TYPE_CHECKING:
    from tlpo_guard.models.load import LoadedModel

# Pools of threads of several processes would fight for the cores. Torch and Hugging Face read this when they are imported.
os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}

# The engine that `make test` installs, whatever else is there; `make test-engine` names another one.
os.environ.setdefault("TLPO_GUARD_ENGINE", "transformers")

# A loaded machine takes its time: no example has a deadline. `--hypothesis-profile=long` chooses the other one.
settings.register_profile(SHORT, deadline=None)
settings.register_profile(LONG, deadline=None, max_examples=1_000)
settings.load_profile(SHORT)


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """Where the converted model is kept from one run to the next; several processes may use it at once."""
    return CACHE


@pytest.fixture(scope="session")
def smollm2(model_cache: Path) -> "LoadedModel":
    """SmolLM2-135M-Instruct on the CPU, bfloat16, as it is served."""
    import torch

    from tlpo_guard.models.load import load_model

    return load_model("smollm2", cache_dir=model_cache, dtype=torch.bfloat16, device="cpu")


@pytest.fixture(scope="session")
def small_model(model_cache: Path) -> Path:
    """A folder with the first layers of SmolLM2 and its tokenizer, for tests in which it does not matter what is said.

    The model is called `smollm2` as well; the folder lies in the cache, two floors down.
    """
    return small_model_folder(model_cache)
