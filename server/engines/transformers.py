"""The embedded engine: transformers' continuous batching with the guarded sampler as its last logits processor."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress

import torch
from transformers import GenerationConfig
from transformers.generation.configuration_utils import ContinuousBatchingConfig
from transformers.generation.continuous_batching import ContinuousBatchingManager
from transformers.generation.continuous_batching.requests import GenerationOutput, RequestStatus

from server.engines import row_attention as attention
from tlpo_guard.errors import TlpoGuardError
from tlpo_guard.generation.sequence import SampledSequence, Step
from tlpo_guard.guard.guard import Guard
from tlpo_guard.integrations.transformers import GuardedSampler
from tlpo_guard.models.load import LoadedModel

__all__ = ["EngineError", "TransformersEngine"]

logger = logging.getLogger(__name__)

_LEAVE_SECONDS = 30.0
_WATCH_SECONDS = 1.0
_POLL_SECONDS = 0.005
_PAGE = 32  # tokens a KV block holds per layer; small pages waste little on short answers


class EngineError(TlpoGuardError):
    """The engine failed or has stopped."""


class TransformersEngine:
    """Runs all requests in shared batches on a thread of its own."""

    def __init__(
        self,
        loaded: LoadedModel,
        guard: Guard,
        *,
        kv_cache_tokens: int,
        max_requests: int,
        prefix_caching: bool,
    ) -> None:
        self.loaded = loaded
        self.sampler = GuardedSampler(guard)
        self.context_length = min(int(loaded.model.config.max_position_embeddings), kv_cache_tokens)
        eos = loaded.model.generation_config.eos_token_id
        self.eos_token_ids: list[int] = [eos] if isinstance(eos, int) else list(eos or [])
        self._eos = frozenset(self.eos_token_ids)
        self._outbox: list[tuple[asyncio.Queue[Step | EngineError], Step]] = []
        self.loop: asyncio.AbstractEventLoop | None = None
        self.sampler.on_step = self._send
        self.restarts = 0
        attention.install()
        self._config = ContinuousBatchingConfig(
            page_size=_PAGE,
            num_blocks=-(-kv_cache_tokens // _PAGE),
            max_batch_tokens=min(2048, kv_cache_tokens),
            max_requests_per_batch=max_requests,
            allow_block_sharing=prefix_caching,
            use_async_batching=False,
            use_cuda_graph=False,
        )
        self._manager = self._build()

    def _build(self) -> ContinuousBatchingManager:
        model = self.loaded.model
        # The sampler chooses; the engine only takes the winner. Its own sampling would share one generator.
        generation = GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=False, eos_token_id=self.eos_token_ids, pad_token_id=self._pad()
        )
        manager: ContinuousBatchingManager = model.init_continuous_batching(  # type: ignore[operator]
            generation_config=generation, continuous_batching_config=self._config
        )
        processors = manager.logit_processor
        processors.logits_processor.append(self.sampler)
        processors.tensors_required += 1
        processors.do_processing = True
        processors._retrieve_processors_kwargs()
        return manager

    def _pad(self) -> int:
        return self.eos_token_ids[0] if self.eos_token_ids else 0

    @property
    def vocabulary_size(self) -> int:
        """Columns of a row of logits."""
        return int(self.loaded.model.config.vocab_size)

    @property
    def device(self) -> torch.device:
        """Where the logits are."""
        return self.loaded.model.device

    @property
    def active_rows(self) -> int:
        """Sequences that the engine holds."""
        processor = self._manager.batch_processor
        return 0 if processor is None else len(processor.scheduler.active_requests)

    @property
    def running(self) -> bool:
        """Whether the engine takes requests."""
        return bool(self._manager.is_running())

    def start(self) -> None:
        """Start the generation thread; from now on what it brings goes to the running event loop."""
        self.loop = asyncio.get_running_loop()
        self._manager.start()

    async def keep_running(self) -> None:
        """Start the engine anew, with an empty cache, whenever it has failed; until cancelled."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if self.running:
                continue
            self.restarts += 1
            logger.error("the engine failed; it starts anew")
            try:
                self._manager = self._build()
                self._manager.start()
            except Exception:
                logger.exception("the engine does not start")

    def stop(self) -> None:
        """Stop it; what is still running fails."""
        self._manager.stop(block=True, timeout=10, hard_stop=True)

    async def generate(
        self, request_id: str, prompt_ids: list[int], max_new_tokens: int, sequence: SampledSequence
    ) -> AsyncGenerator[list[Step]]:
        """What the steps bring, as it comes. Leaving the iterator early frees the row before the next step.

        Raises:
            EngineError: the engine failed on this request.
        """
        arrived: asyncio.Queue[Step | EngineError] = asyncio.Queue()
        sequence.deliver = lambda step: self._outbox.append((arrived, step))
        self._manager.register_result_handler(request_id, lambda output: self._ended(arrived, output))
        taken, finished = 0, False
        try:
            if not self._add(request_id, prompt_ids, max_new_tokens, sequence):
                raise EngineError("the engine has failed and starts anew; try again")
            while not finished:
                steps = [_step(await arrived.get())]
                while not arrived.empty():
                    steps.append(_step(arrived.get_nowait()))
                taken += len(steps)
                finished = taken >= max_new_tokens or steps[-1].token_id in self._eos
                yield steps
        finally:
            if not finished:
                self._manager.cancel_request(request_id)
                self._manager.output_router.result_handlers.pop(request_id, None)

    def _add(self, request_id: str, prompt_ids: list[int], max_new_tokens: int, sequence: SampledSequence) -> bool:
        return (
            self._manager.add_request(
                prompt_ids,
                request_id=request_id,
                max_new_tokens=max_new_tokens,
                eos_token_id=self.eos_token_ids,
                sequence=sequence,
            )
            is not None
        )

    def _ended(self, arrived: "asyncio.Queue[Step | EngineError]", output: GenerationOutput) -> None:
        if output.status is RequestStatus.FAILED:
            arrived.put_nowait(EngineError(f"generation failed: {output.error}"))

    def _send(self) -> None:
        """After each step, on the generation thread: hand all that it brought to the event loop at once."""
        box, self._outbox = self._outbox, []
        if box and self.loop is not None:
            with suppress(RuntimeError):  # the loop is closed
                self.loop.call_soon_threadsafe(_deliver, box)

    def load_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Overwrite parameters between two steps; blocks until the engine is empty and its loop has paused.

        Raises:
            EngineError: some request does not leave.
        """
        self._wait_until_empty()
        parameters = dict(self.loaded.model.named_parameters())
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


def _deliver(box: "list[tuple[asyncio.Queue[Step | EngineError], Step]]") -> None:
    for arrived, step in box:
        arrived.put_nowait(step)


def _step(item: Step | EngineError) -> Step:
    if isinstance(item, EngineError):
        raise item
    if item.error is not None:
        raise EngineError(item.error)
    return item
