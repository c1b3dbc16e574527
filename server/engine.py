"""The embedded engine: transformers' continuous batching with the guarded sampler as its last logits processor."""

import asyncio
from collections.abc import AsyncGenerator, Mapping

import torch
from transformers import GenerationConfig
from transformers.generation.configuration_utils import ContinuousBatchingConfig
from transformers.generation.continuous_batching import ContinuousBatchingManager
from transformers.generation.continuous_batching.requests import GenerationOutput, RequestStatus

from tlpo_guard.errors import TlpoGuardError
from tlpo_guard.guard import Guard
from tlpo_guard.integrations.transformers import GuardedSampler, SampledSequence
from tlpo_guard.models import LoadedModel

__all__ = ["EngineError", "TransformersEngine"]

_PAGE = 32  # tokens a KV block holds per layer; small pages waste little on short answers


class EngineError(TlpoGuardError):
    """The engine failed or has stopped."""


class TransformersEngine:
    """Runs all requests in shared batches on a thread of its own."""

    def __init__(self, loaded: LoadedModel, guard: Guard, *, kv_cache_tokens: int, max_requests: int) -> None:
        self.loaded = loaded
        self.sampler = GuardedSampler(guard)
        self.context_length = min(int(loaded.model.config.max_position_embeddings), kv_cache_tokens)
        eos = loaded.model.generation_config.eos_token_id
        self.eos_token_ids: list[int] = [eos] if isinstance(eos, int) else list(eos or [])
        self._manager = self._build(kv_cache_tokens, max_requests)

    def _build(self, kv_cache_tokens: int, max_requests: int) -> ContinuousBatchingManager:
        model = self.loaded.model
        # The sampler chooses; the engine only takes the winner. Its own sampling would share one generator.
        generation = GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=False, eos_token_id=self.eos_token_ids, pad_token_id=self._pad()
        )
        config = ContinuousBatchingConfig(
            page_size=_PAGE,
            num_blocks=-(-kv_cache_tokens // _PAGE),
            max_batch_tokens=min(2048, kv_cache_tokens),
            max_requests_per_batch=max_requests,
            allow_block_sharing=False,  # shared blocks would outlive the weights that they were computed with
            use_async_batching=False,
            use_cuda_graph=False,
        )
        manager: ContinuousBatchingManager = model.init_continuous_batching(  # type: ignore[operator]
            generation_config=generation, continuous_batching_config=config
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
    def running(self) -> bool:
        """Whether the engine takes requests."""
        return bool(self._manager.is_running())

    def start(self) -> None:
        """Start the generation thread."""
        self._manager.start()

    def stop(self) -> None:
        """Stop it; what is still running fails."""
        self._manager.stop(block=True, timeout=10, hard_stop=True)

    async def generate(
        self, request_id: str, prompt_ids: list[int], max_new_tokens: int, sequence: SampledSequence
    ) -> AsyncGenerator[list[int]]:
        """Token ids as they come, in small lists. Leaving the iterator early cancels the request.

        Raises:
            EngineError: the engine failed on this request.
        """
        outputs: asyncio.Queue[GenerationOutput] = asyncio.Queue()
        self._manager.register_result_handler(request_id, outputs.put_nowait)
        accepted = self._manager.add_request(
            prompt_ids,
            request_id=request_id,
            max_new_tokens=max_new_tokens,
            streaming=True,
            eos_token_id=self.eos_token_ids,
            sequence=sequence,
        )
        if accepted is None:
            raise EngineError("the engine has stopped; restart the server")
        taken, finished = 0, False
        try:
            while not finished:
                output = await outputs.get()
                finished = output.is_finished()
                if output.status is RequestStatus.FAILED:
                    raise EngineError(f"generation failed: {output.error}")
                fresh = output.generated_tokens[taken:]
                taken += len(fresh)
                if fresh:
                    yield fresh
        finally:
            if not finished:
                self._manager.cancel_request(request_id)

    def load_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Overwrite parameters between two steps; blocks until the generation loop has paused."""
        parameters = dict(self.loaded.model.named_parameters())
        with self._manager.pause(), torch.no_grad():
            for name, tensor in weights.items():
                parameters[name].copy_(tensor)
