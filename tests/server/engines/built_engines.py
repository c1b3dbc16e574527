"""The engines that the conformance tests run on, by the names that the setting `engine` has."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from server.engines.sampled import SampledEngine
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.models.load import LoadedModel, load_model, model_source
from tlpo_guard.models.names import bundled_gguf
from tlpo_guard.settings import load_settings
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["CLOSES", "OPENS", "BuiltEngine", "built_engine"]

OPENS, CLOSES = 3, 4  # special tokens that stand for the beginning and the end of reasoning in these tests


@dataclass(frozen=True)
class BuiltEngine:
    """An engine, not started, and what its model says without it.

    Attributes:
        model: what the engine serves.
        greedy: the model's own greedy answer to some tokens, computed without the engine.
    """

    engine: SampledEngine
    model: LoadedModel
    greedy: Callable[[list[int], int], list[int]]

    def fail_once(self) -> None:
        """Make the engine's next step fail."""
        sampler = self.engine._sampler
        real = sampler.step

        def broken(*_: Any) -> Any:
            sampler.step = real  # type: ignore[method-assign]
            raise RuntimeError("broken on purpose")

        sampler.step = broken  # type: ignore[method-assign]


def built_engine(cache: Path) -> BuiltEngine:
    """The engine that TLPO_GUARD_ENGINE names."""
    return _ENGINES[os.environ.get("TLPO_GUARD_ENGINE", "transformers")](cache)


def thinking_guard(loaded: LoadedModel, cache: Path) -> Guard:
    """A guard to which two of the special tokens are marks of reasoning."""
    vocabulary = VocabularyIndex.of(loaded.tokenizer, size=int(loaded.model.config.vocab_size), cache_dir=cache)
    return Guard(DriftDetector(vocabulary), {OPENS: "<think>", CLOSES: "</think>"})


def exact_model(cache: Path) -> LoadedModel:
    """In float32, where an answer does not depend on what else is in the batch."""
    return load_model("smollm2", cache_dir=cache, dtype=torch.float32, device="cpu")


def own_greedy(loaded: LoadedModel) -> Callable[[list[int], int], list[int]]:
    """What `generate` of transformers says."""

    def greedy(prompt: list[int], count: int) -> list[int]:
        out = loaded.model.generate(  # type: ignore[operator]
            torch.tensor([prompt]),
            max_new_tokens=count,
            do_sample=False,
            attention_mask=torch.ones(1, len(prompt)).long(),
        )
        return out[0, len(prompt) :].tolist()  # type: ignore[no-any-return]

    return greedy


def _transformers(cache: Path) -> BuiltEngine:
    from server.engines.transformers import TransformersEngine

    loaded = exact_model(cache)
    guard = thinking_guard(loaded, cache)
    engine = TransformersEngine(loaded, guard, kv_cache_tokens=4096, max_requests=8, prefix_caching=True)
    return BuiltEngine(engine, loaded, own_greedy(loaded))


def _llama_cpp(cache: Path) -> BuiltEngine:
    llama_cpp = pytest.importorskip("llama_cpp")
    from server.engines.llama_cpp.engine import Limits, LlamaCppEngine
    from server.engines.llama_cpp.model import LlamaModel

    loaded, file = exact_model(cache), bundled_gguf()
    limits = Limits(kv_cache_tokens=4096, max_requests=8, prefix_caching=True, threads=1)
    engine = LlamaCppEngine("smollm2", LlamaModel(file), thinking_guard(loaded, cache), limits)
    alone = llama_cpp.Llama(str(file), n_ctx=1024, n_ubatch=32, n_threads=1, flash_attn=True, verbose=False)

    def greedy(prompt: list[int], count: int) -> list[int]:
        told = alone.generate(prompt, temp=0.0, repeat_penalty=1.0)
        return [next(told) for _ in range(count)]

    return BuiltEngine(engine, loaded, greedy)


def _vllm(cache: Path) -> BuiltEngine:
    from server.engines.vllm.build import prepare_environment

    prepare_environment()
    from server.engines.cards import model_card
    from server.engines.vllm.arguments import engine_arguments
    from server.engines.vllm.engine import VllmEngine

    loaded = exact_model(cache)
    settings = load_settings(engine="vllm", engine_flags="--dtype float32", kv_cache_tokens=8192, max_concurrent=8)
    arguments = engine_arguments(model_source("smollm2", cache), loaded.model.config, settings)
    engine = VllmEngine(model_card(loaded, 4096), loaded.tokenizer, thinking_guard(loaded, cache), arguments)
    return BuiltEngine(engine, loaded, own_greedy(loaded))


_ENGINES: dict[str, Callable[[Path], BuiltEngine]] = {
    "transformers": _transformers,
    "llama-cpp": _llama_cpp,
    "vllm": _vllm,
}
