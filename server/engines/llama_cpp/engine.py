"""The engine over libllama: all answers in shared batches on a thread of its own, each drawn and guarded by our sampler."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp
import torch

from server.engines.delivery import Arrivals
from server.engines.engine import AnswerRequest, EngineError, ModelCard, PromptToken
from server.engines.grammar import GrammarCompiler
from server.engines.guide import TokenTable
from server.engines.llama_cpp.adapters import load_adapter
from server.engines.llama_cpp.context import MOST_SEQUENCES, LlamaContext
from server.engines.llama_cpp.model import LlamaModel
from server.engines.llama_cpp.rows import Row
from server.engines.llama_cpp.scoring import score
from server.engines.llama_cpp.steps import LARGEST_STEP, Steps
from server.engines.llama_cpp.thread import GenerationThread
from server.engines.llama_cpp.tokenizer import LlamaTokenizer
from server.engines.sampled import SampledEngine
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.generation.sequence import SampledSequence
from tlpo_guard.guard.guard import Guard
from tlpo_guard.models.file_fingerprints import file_fingerprint, vocabulary_fingerprint

__all__ = ["Limits", "LlamaCppEngine"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the engine may use.

    Attributes:
        kv_cache_tokens: of all answers together.
        max_requests: answers at a time.
        prefix_caching: compute what prompts share, and what an answer goes back over, only once.
        threads: of the CPU.
        together: tokens that libllama computes together; None is what keeps answers the same whatever is in the batch.
    """

    kv_cache_tokens: int
    max_requests: int
    prefix_caching: bool
    threads: int
    together: int | None = None


class LlamaCppEngine(SampledEngine):
    """Runs all requests in shared batches.

    Args:
        name: under which the model is served.
        guard: over the model's tokens.
    """

    def __init__(self, name: str, model: LlamaModel, guard: Guard, limits: Limits) -> None:
        tokens = TokenTable(model.token_bytes(), model.control_tokens)
        grammar = GrammarCompiler(tokens, model.size, sorted(model.end_tokens))
        card = _card(name, model, limits.kv_cache_tokens)
        super().__init__(card, LlamaTokenizer(model), Sampler(guard), grammar, torch.device("cpu"))
        self._model, self._limits = model, limits
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="llama-cpp-aside")  # scores prompts and loads adapters
        self._adapter: Any | None = None
        self._context = self._new_context()
        self._thread = self._new_thread()

    def _new_context(self) -> LlamaContext:
        limits = self._limits
        context = LlamaContext(
            self._model,
            cells=limits.kv_cache_tokens,
            sequences=_slots(limits),
            threads=limits.threads,
            batch=LARGEST_STEP,
            together=limits.together,
        )
        context.use_adapter(self._adapter)
        return context

    def _new_thread(self) -> GenerationThread:
        steps = Steps(
            self._context,
            self._sampler,
            most_rows=min(self._limits.max_requests, MOST_SEQUENCES),
            slots=_slots(self._limits),
            sharing=self._limits.prefix_caching and self._model.remembers_by_position,
            on_step=self._delivery.send,
        )
        return GenerationThread(steps)

    @property
    def rows(self) -> int:
        """Answers that the engine holds."""
        return len(self._thread.steps.scheduler)

    @property
    def running(self) -> bool:
        """Whether the engine takes requests."""
        return self._thread.running

    def start(self) -> None:
        """Start the generation thread; from now on what it brings goes to the running event loop."""
        self._delivery.start()
        self._thread.start()
        self._sequences.start()

    async def _start_anew(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._aside, self._replace_thread)

    def _replace_thread(self) -> None:
        self._context.close()
        self._context = self._new_context()
        self._thread = self._new_thread()
        self._thread.start()

    def stop(self) -> None:
        """Stop it; what is still running fails."""
        self._thread.stop()
        self._aside.shutdown(cancel_futures=True)
        self._sequences.close()
        if not self._thread.running:
            self._context.close()
            self._model.close()

    @asynccontextmanager
    async def _entered(
        self, request: AnswerRequest, sequence: SampledSequence, arrivals: Arrivals
    ) -> AsyncGenerator[None]:
        row = Row(
            token_ids=[*request.prompt_ids, *request.output_ids],
            prompt=len(request.prompt_ids),
            left=request.max_new_tokens,
            ends=self._ends(request),
            sequence=sequence,
            fail=lambda error: self._delivery.fail(arrivals, error),
        )
        thread = self._thread
        thread.do(lambda steps: steps.scheduler.add(row))
        try:
            yield
        finally:
            if not arrivals.finished:
                with suppress(EngineError):  # it has failed, and the row with it
                    thread.do(lambda steps: steps.scheduler.remove(row))

    async def score(self, prompt_ids: list[int], count: int) -> list[PromptToken]:
        """How probable the tokens of a prompt are, without the first; raises EngineError."""
        return await asyncio.get_running_loop().run_in_executor(self._aside, self._score, prompt_ids, count)

    def _score(self, prompt_ids: list[int], count: int) -> list[PromptToken]:
        limits = self._limits
        return score(self._model, self._adapter, limits.threads, prompt_ids, count, together=limits.together)

    async def load_version(self, folder: Path | None) -> None:
        """Serve an adapter from the next request on, None for the base.

        Raises:
            RegistryError: an adapter that cannot be served; the version before stays.
            EngineError: an answer is under way, or the engine has failed.
        """
        await asyncio.get_running_loop().run_in_executor(self._aside, self._load, folder)

    def _load(self, folder: Path | None) -> None:
        adapter = None if folder is None else load_adapter(folder, self._model)
        if self.running:
            self._thread.do(lambda steps: steps.use_adapter(adapter)).result()
        else:
            self._thread.steps.use_adapter(adapter)
        before, self._adapter = self._adapter, adapter
        if before is not None:
            llama_cpp.llama_adapter_lora_free(before)


def _slots(limits: Limits) -> int:
    """Answers under way, and what others left."""
    return min(4 * limits.max_requests, MOST_SEQUENCES)


def _card(name: str, model: LlamaModel, kv_cache_tokens: int) -> ModelCard:
    spelt = {model.spelling(token_id): token_id for token_id in range(model.size)}
    return ModelCard(
        name=name,
        base_fingerprint=file_fingerprint(model.gguf),
        tokenizer_fingerprint=vocabulary_fingerprint(spelt, model.control_tokens | model.added_tokens),
        context_length=min(model.context_length, kv_cache_tokens),
        end_token_ids=model.end_tokens,
        vocabulary_size=model.size,
    )
