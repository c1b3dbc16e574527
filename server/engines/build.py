"""The engine that the settings ask for."""

from server.engines.engine import Engine
from tlpo_guard.settings import Settings

__all__ = ["build_engine"]


def build_engine(settings: Settings) -> Engine:
    """Load the model and put an engine around it.

    Raises:
        ModelError: the model cannot be loaded.
    """
    import torch

    from server.engines.transformers import TransformersEngine
    from tlpo_guard.guard.build import build_guard
    from tlpo_guard.models.load import load_model

    if settings.torch_threads is not None:
        torch.set_num_threads(settings.torch_threads)
    cache = settings.data_dir / "cache"
    loaded = load_model(settings.model, cache_dir=cache)
    guard = build_guard(loaded.tokenizer, int(loaded.model.config.vocab_size), cache)
    return TransformersEngine(
        loaded,
        guard,
        kv_cache_tokens=settings.kv_cache_tokens,
        max_requests=settings.max_concurrent,
        prefix_caching=settings.prefix_caching,
    )
