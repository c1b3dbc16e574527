"""The engine for the settings."""

import psutil
import torch

from server.engines.llama_cpp.arguments import tokens_together
from server.engines.llama_cpp.engine import Limits, LlamaCppEngine
from server.engines.llama_cpp.model import LlamaModel
from tlpo_guard.errors import ModelError
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.models.names import gguf_file, served_name
from tlpo_guard.settings import Settings
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["build"]


def build(settings: Settings) -> LlamaCppEngine:
    """Load a GGUF file and put the engine around it.

    Raises:
        ConfigurationError: flags that are not known here.
        ModelError: there is no such file, or it cannot be read.
    """
    gguf = gguf_file(settings.model)
    if gguf is None:
        raise ModelError(f"{settings.model} is no GGUF file, and llama.cpp runs no other; choose another --engine")
    together = tokens_together(settings.engine_flags)
    torch.set_num_threads(1)  # for what is left of a step when the model has run
    model = LlamaModel(gguf)
    limits = Limits(
        kv_cache_tokens=settings.kv_cache_tokens,
        max_requests=settings.max_concurrent,
        prefix_caching=settings.prefix_caching,
        threads=settings.torch_threads or psutil.cpu_count(logical=False) or 1,
        together=together,
    )
    return LlamaCppEngine(served_name(settings.model), model, _guard(model), limits)


def _guard(model: LlamaModel) -> Guard:
    """The guard over a file's tokens; marks of reasoning and of tools are among those that were added."""
    added = {token_id: text for token_id, text in model.added_tokens.items() if text[:1] in "<[◁"}
    return Guard(DriftDetector(VocabularyIndex.from_bytes(model.token_bytes())), model.control_tokens | added)
