"""vLLM's engine core, stepped in this process, with our sampler as its last logits processor."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerBase
from vllm.engine.arg_utils import EngineArgs
from vllm.outputs import RequestOutput
from vllm.platforms import current_platform
from vllm.sampling_params import RequestOutputKind, SamplingParams
from vllm.v1.engine.llm_engine import LLMEngine

from server.engines.delivery import Arrivals
from server.engines.engine import AnswerRequest, EngineError, ModelCard, PromptToken
from server.engines.grammar import GrammarCompiler
from server.engines.hf_tokenizer import HfTokenizer
from server.engines.sampled import SampledEngine
from server.engines.vllm.adapters import ServedAdapter
from server.engines.vllm.core_thread import CoreThread
from server.engines.vllm.rows import StepPlan, guarded_rows, planning_scheduler, sequence_arguments
from server.engines.vllm.scores import prompt_tokens
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.generation.sequence import SampledSequence
from tlpo_guard.guard.guard import Guard

__all__ = ["VllmEngine"]

_LEAVE_SECONDS = 30.0
_POLL_SECONDS = 0.005


class VllmEngine(SampledEngine):
    """Runs all requests in vLLM's batches, on a thread of its own. Loads the model at once.

    Args:
        card: what is served.
        tokenizer: of the model.
        arguments: of vLLM's.
    """

    def __init__(
        self, card: ModelCard, tokenizer: PreTrainedTokenizerBase, guard: Guard, arguments: EngineArgs
    ) -> None:
        grammar = GrammarCompiler(tokenizer, card.vocabulary_size, sorted(card.end_token_ids))
        device = torch.device(current_platform.device_type)
        super().__init__(card, HfTokenizer(tokenizer), Sampler(guard), grammar, device)
        self._plan = StepPlan(self._sampler)
        self._arguments = replace(
            arguments,
            scheduler_cls=planning_scheduler(self._plan),
            logits_processors=[*(arguments.logits_processors or []), guarded_rows(self._plan)],
        )
        self._answers: dict[str, Arrivals] = {}
        self._scores: dict[str, Future[RequestOutput]] = {}
        self._adapter = ServedAdapter()
        self._core = self._load()

    def _load(self) -> CoreThread:
        core = CoreThread(partial(LLMEngine.from_engine_args, self._arguments), self._after_step, self._fail_all)
        core.wait()
        return core

    @property
    def rows(self) -> int:
        """Answers that the engine holds."""
        return len(self._answers)

    @property
    def running(self) -> bool:
        """Whether the engine takes requests."""
        return self._core.running

    def start(self) -> None:
        """From now on what steps bring goes to the running event loop."""
        self._delivery.start()
        self._sequences.start()

    async def _start_anew(self) -> None:
        self._core = await asyncio.to_thread(self._load)

    def stop(self) -> None:
        """Stop it; what is still running fails."""
        self._core.stop()
        self._sequences.close()

    @asynccontextmanager
    async def _entered(
        self, request: AnswerRequest, sequence: SampledSequence, arrivals: Arrivals
    ) -> AsyncGenerator[None]:
        try:
            await self._asked(partial(self._add, request, sequence, arrivals, sorted(self._ends(request))))
            yield
        finally:
            if not arrivals.finished:
                self._core.do(partial(self._drop, request.id))

    def _add(
        self,
        request: AnswerRequest,
        sequence: SampledSequence,
        arrivals: Arrivals,
        ends: list[int],
        engine: LLMEngine,
    ) -> None:
        params = SamplingParams(
            temperature=0.0,  # the sampler chooses; vLLM only takes the winner
            max_tokens=request.max_new_tokens,
            stop_token_ids=ends,
            ignore_eos=True,
            detokenize=False,
            output_kind=RequestOutputKind.FINAL_ONLY,
            extra_args=sequence_arguments(sequence),
        )
        self._submit(engine, request.id, [*request.prompt_ids, *request.output_ids], params)
        self._answers[request.id] = arrivals

    def _submit(self, engine: LLMEngine, name: str, ids: list[int], params: SamplingParams) -> None:
        engine.add_request(name, {"prompt_token_ids": ids}, params, lora_request=self._adapter.request)

    def _drop(self, name: str, engine: LLMEngine) -> None:
        engine.abort_request([name])
        self._answers.pop(name, None)

    async def score(self, prompt_ids: list[int], count: int) -> list[PromptToken]:
        """How probable the tokens of a prompt are, without the first; raises EngineError."""
        params = SamplingParams(
            temperature=0.0,
            max_tokens=1,
            prompt_logprobs=count,
            detokenize=False,
            output_kind=RequestOutputKind.FINAL_ONLY,
            extra_args={"guard_mode": "off"},
        )
        scored: Future[RequestOutput] = Future()
        name = f"score-{id(scored)}"

        def add(engine: LLMEngine) -> None:
            self._submit(engine, name, prompt_ids, params)
            self._scores[name] = scored

        await self._asked(add)
        output = await asyncio.wrap_future(scored)
        return prompt_tokens(prompt_ids, output.prompt_logprobs, count)

    async def load_version(self, folder: Path | None) -> None:
        """Serve an adapter from the next request on, None for the base.

        Raises:
            RegistryError: an adapter that vLLM cannot serve; the version before stays.
            EngineError: a request does not leave the engine.
        """
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                while self._answers and self.running:
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError as exc:
            raise EngineError("a request does not leave the engine") from exc
        await asyncio.wrap_future(self._core.do(lambda engine: self._adapter.load(engine, folder)))

    async def _asked(self, work: Callable[[LLMEngine], None]) -> None:
        try:
            await asyncio.wrap_future(self._core.do(work))
        except (ValueError, RuntimeError) as exc:
            raise EngineError(f"vLLM refuses the request: {exc}") from exc

    def _after_step(self, finished: list[RequestOutput]) -> None:
        for output in finished:
            self._answers.pop(output.request_id, None)
            if scored := self._scores.pop(output.request_id, None):
                scored.set_result(output)
        self._delivery.send()

    def _fail_all(self) -> None:
        error = EngineError("the engine has stopped")
        answers, self._answers = self._answers, {}
        scores, self._scores = self._scores, {}
        for arrivals in answers.values():
            self._delivery.add(arrivals, error)
        for scored in scores.values():
            scored.set_exception(error)
        self._delivery.send()
