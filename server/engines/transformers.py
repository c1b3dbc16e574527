"""The embedded engine: transformers' continuous batching with the guarded sampler as its last logits processor."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import torch
from transformers import GenerationConfig
from transformers.generation.configuration_utils import ContinuousBatchingConfig
from transformers.generation.continuous_batching import ContinuousBatchingManager
from transformers.generation.continuous_batching.requests import GenerationOutput, RequestStatus

from server.engines import row_attention as attention
from server.engines.adapter_weights import AdapterWeights
from server.engines.cards import model_card
from server.engines.delivery import Arrivals
from server.engines.engine import AnswerRequest, EngineError, PromptToken
from server.engines.grammar import GrammarCompiler
from server.engines.hf_tokenizer import HfTokenizer
from server.engines.prefixes import SCHEDULER
from server.engines.sampled import SampledEngine
from server.engines.scoring import PromptScorer
from tlpo_guard.generation.sequence import SampledSequence
from tlpo_guard.guard.build import build_guard
from tlpo_guard.guard.guard import Guard
from tlpo_guard.integrations.transformers import GuardedSampler
from tlpo_guard.models.load import LoadedModel, load_model
from tlpo_guard.settings import Settings

__all__ = ["TransformersEngine", "build"]

_LEAVE_SECONDS = 30.0
_POLL_SECONDS = 0.005
_PAGE = 32  # tokens a KV block holds per layer; small pages waste little on short answers


def build(settings: Settings) -> "TransformersEngine":
    """The engine around the settings' model; raises ModelError."""
    if settings.torch_threads is not None:
        torch.set_num_threads(settings.torch_threads)
    cache = settings.data_dir / "cache"
    loaded = load_model(settings.model, cache_dir=cache, dtype=torch.bfloat16)  # half the memory of float32
    guard = build_guard(loaded.tokenizer, int(loaded.model.config.vocab_size), cache)
    return TransformersEngine(
        loaded,
        guard,
        kv_cache_tokens=settings.kv_cache_tokens,
        max_requests=settings.max_concurrent,
        prefix_caching=settings.prefix_caching,
    )


class TransformersEngine(SampledEngine):
    """Runs all requests in shared batches on a thread of its own.

    Args:
        kv_cache_tokens: of all answers together.
        max_requests: answers at a time.
        prefix_caching: compute what prompts share only once.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        guard: Guard,
        *,
        kv_cache_tokens: int,
        max_requests: int,
        prefix_caching: bool,
    ) -> None:
        self._model = loaded.model
        card = model_card(loaded, kv_cache_tokens)
        self._eos = sorted(card.end_token_ids)
        grammar = GrammarCompiler(loaded.tokenizer, card.vocabulary_size, self._eos)
        self._processor = GuardedSampler(guard)
        super().__init__(card, HfTokenizer(loaded.tokenizer), self._processor.sampler, grammar, loaded.model.device)
        self._processor.on_step = self._delivery.send
        self._scorer = PromptScorer(loaded.model)
        self._scoring = ThreadPoolExecutor(1, thread_name_prefix="scoring")
        self._weights = AdapterWeights(loaded.model)
        attention.install()
        self._config = ContinuousBatchingConfig(
            page_size=_PAGE,
            num_blocks=-(-kv_cache_tokens // _PAGE),
            max_batch_tokens=min(2048, kv_cache_tokens),
            max_requests_per_batch=max_requests,
            allow_block_sharing=prefix_caching,
            use_async_batching=False,
            scheduler_type=SCHEDULER,
            use_cuda_graph=False,
        )
        self._manager = self._build()

    def _build(self) -> ContinuousBatchingManager:
        model = self._model
        # The sampler chooses; the engine only takes the winner. Its own sampling would share one generator.
        generation = GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=False, eos_token_id=self._eos, pad_token_id=self._pad()
        )
        manager: ContinuousBatchingManager = model.init_continuous_batching(  # type: ignore[operator]
            generation_config=generation, continuous_batching_config=self._config
        )
        processors = manager.logit_processor
        processors.logits_processor.append(self._processor)
        processors.tensors_required += 1
        processors.do_processing = True
        processors._retrieve_processors_kwargs()
        return manager

    def _pad(self) -> int:
        return self._eos[0] if self._eos else 0

    @property
    def rows(self) -> int:
        """Answers that the engine holds."""
        processor = self._manager.batch_processor
        return 0 if processor is None else len(processor.scheduler.active_requests)

    @property
    def running(self) -> bool:
        """Whether the engine takes requests."""
        return bool(self._manager.is_running())

    def start(self) -> None:
        """Start the generation thread; from now on what it brings goes to the running event loop."""
        self._delivery.start()
        self._manager.start()
        self._sequences.start()

    async def _start_anew(self) -> None:
        self._manager = self._build()
        self._manager.start()

    def stop(self) -> None:
        """Stop it; what is still running fails."""
        self._manager.stop(block=True, timeout=10, hard_stop=True)
        self._scoring.shutdown(wait=False, cancel_futures=True)
        self._sequences.close()

    @asynccontextmanager
    async def _entered(
        self, request: AnswerRequest, sequence: SampledSequence, arrivals: Arrivals
    ) -> AsyncGenerator[None]:
        self._manager.register_result_handler(request.id, lambda output: _ended(arrivals, output))
        try:
            if not self._add(request, sequence):
                raise EngineError("the engine has failed and starts anew; try again")
            yield
        finally:
            if not arrivals.finished:
                self._manager.cancel_request(request.id)
                self._manager.output_router.result_handlers.pop(request.id, None)

    async def score(self, prompt_ids: list[int], count: int) -> list[PromptToken]:
        """How probable the tokens of a prompt are, without the first; raises EngineError."""
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._scoring, self._scorer.score, prompt_ids, count)
        except RuntimeError as exc:
            raise EngineError(f"the prompt cannot be scored: {exc}") from exc

    def _add(self, request: AnswerRequest, sequence: SampledSequence) -> bool:
        added = self._manager.add_request(
            [*request.prompt_ids, *request.output_ids],
            request_id=request.id,
            max_new_tokens=request.max_new_tokens,
            eos_token_id=[*self._eos, *request.stop_token_ids],
            sequence=sequence,
        )
        return added is not None

    async def load_version(self, folder: Path | None) -> None:
        """Serve an adapter from the next request on, None for the base.

        Raises:
            RegistryError: an adapter that cannot be merged; the version before stays.
            EngineError: a request does not leave the engine.
        """
        await asyncio.to_thread(self._weights.load, folder, self._overwrite)

    def _overwrite(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Overwrite parameters between two steps; blocks until the engine is empty and its loop has paused."""
        self._wait_until_empty()
        parameters = dict(self._model.named_parameters())
        with self._manager.pause(), torch.no_grad():
            for name, tensor in weights.items():
                parameters[name].copy_(tensor)
            if (processor := self._manager.batch_processor) is not None:
                processor.cache.evict_cached_blocks()  # what the old weights made of the prefixes

    def _wait_until_empty(self) -> None:
        # A cancelled request leaves at the next step; its blocks would be kept as prefixes of the old weights.
        deadline = time.monotonic() + _LEAVE_SECONDS
        while self.running and (processor := self._manager.batch_processor) is not None:
            if not processor.scheduler.has_pending_requests() and self._manager.input_queue.empty():
                return
            if time.monotonic() > deadline:
                raise EngineError("a request does not leave the engine")
            time.sleep(_POLL_SECONDS)


def _ended(arrivals: Arrivals, output: GenerationOutput) -> None:
    if output.status is RequestStatus.FAILED:
        arrivals.put(EngineError(f"generation failed: {output.error}"))
