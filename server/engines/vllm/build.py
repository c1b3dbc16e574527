"""The engine around the settings' model."""

import logging
import os
from typing import TYPE_CHECKING

from server.engines.cards import model_card
from tlpo_guard.errors import ModelError
from tlpo_guard.guard.build import build_guard
from tlpo_guard.models.load import load_outline, model_source
from tlpo_guard.settings import Settings

if TYPE_CHECKING:
    from server.engines.vllm.engine import VllmEngine

__all__ = ["build", "prepare_environment"]

# Its core in this process, by the runner whose logits processors see every row; reports go to nobody.
_ENVIRONMENT = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_USE_V2_MODEL_RUNNER": "0",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_CONFIGURE_LOGGING": "0",
}


def prepare_environment() -> None:
    """What has to be set before vLLM is imported."""
    os.environ |= _ENVIRONMENT
    logging.getLogger("vllm").setLevel(logging.WARNING)


def build(settings: Settings) -> "VllmEngine":
    """Load the model into vLLM.

    Raises:
        ConfigurationError: flags that vLLM does not take.
        ModelError: a model that it cannot load.
    """
    prepare_environment()
    from server.engines.vllm.arguments import engine_arguments
    from server.engines.vllm.engine import VllmEngine

    cache = settings.data_dir / "cache"
    loaded = load_outline(settings.model, cache_dir=cache)  # vLLM reads the weights itself
    size = int(loaded.model.config.vocab_size)
    guard = build_guard(loaded.tokenizer, size, cache)
    arguments = engine_arguments(model_source(settings.model, cache), loaded.model.config, settings)
    context = int(arguments.max_model_len or loaded.model.config.max_position_embeddings)
    card, tokenizer = model_card(loaded, context), loaded.tokenizer
    del loaded
    try:
        return VllmEngine(card, tokenizer, guard, arguments)
    except (ValueError, RuntimeError, OSError) as exc:
        raise ModelError(f"vLLM does not start with {settings.model}: {exc}") from exc
