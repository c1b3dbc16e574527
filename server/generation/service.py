"""One request from its plan to its answers: line, adapter version, generation, events, figures."""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from server.adapters.gate import VersionGate
from server.engines.transformers import EngineError, TransformersEngine
from server.generation.admission import Admission, QueueFullError
from server.generation.answer import AnswerRun, Limits, Piece
from server.http.errors import ApiError
from server.operations.metrics import Metrics, RejectReason
from server.operations.tracing import Tracing
from server.planning.plan import Plan, Prompt
from tlpo_guard.errors import RegistryError
from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.events.writer import EventWriter
from tlpo_guard.guard.detector import DETECTOR_VERSION
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.rewind import ForeignTokens

__all__ = ["Generation", "GenerationService"]

logger = logging.getLogger(__name__)

_COMMIT_SECONDS = 5.0  # a store that takes longer is ill, and the answer goes out without it
_RETRY_SECONDS = 2
_PREFIXES = {"chat": "chatcmpl", "completions": "cmpl", "responses": "resp"}
_ROUTES = {"chat": "/v1/chat/completions", "completions": "/v1/completions", "responses": "/v1/responses"}

_Item = Piece | ApiError | None


@dataclass(slots=True)
class Generation:
    """The answers to one request in the making.

    Attributes:
        id: of the request, and of what the client gets.
        created: Unix time, seconds.
        version: adapter version that every token comes from; set before the first piece.
        deadline_hit: the answers end where the deadline found them.
    """

    id: str
    created: int
    plan: Plan
    version: str = ""
    answers: list[AnswerRun] = field(default_factory=list)
    deadline_hit: bool = False
    began: float = field(default_factory=time.perf_counter)
    _items: "asyncio.Queue[_Item]" = field(default_factory=asyncio.Queue)

    async def pieces(self) -> AsyncIterator[Piece]:
        """The answers as they come; behind the last piece all events of the request are in the store.

        Raises:
            ApiError: the request cannot be served.
        """
        while (item := await self._items.get()) is not None:
            if isinstance(item, ApiError):
                raise item
            yield item

    @property
    def prompt_tokens(self) -> int:
        """Tokens of all prompts."""
        return sum(len(prompt.ids) for prompt in self.plan.prompts)

    @property
    def completion_tokens(self) -> int:
        """Tokens of all answers."""
        return sum(answer.tokens for answer in self.answers)

    @property
    def events(self) -> int:
        """Events logged so far."""
        return sum(answer.tally.events for answer in self.answers)

    @property
    def rewinds(self) -> int:
        """How often the answers went back."""
        return sum(answer.tally.rewinds for answer in self.answers)

    @property
    def stood_back(self) -> int:
        """How often the guard let a drift pass, since nothing admissible was left or its rewinds were used up."""
        return sum(answer.tally.stood_back for answer in self.answers)


class GenerationService:
    """Answers requests on one engine. Lives on the event loop."""

    def __init__(
        self,
        engine: TransformersEngine,
        gate: VersionGate,
        admission: Admission,
        writer: EventWriter,
        *,
        limits: Limits,
        deadline_seconds: float,
        tracing: Tracing,
    ) -> None:
        self.engine = engine
        self.gate = gate
        self.admission = admission
        self.writer = writer
        self.metrics: Metrics | None = None
        self.commit_failures = 0
        self.draining = False
        self.tasks: set[asyncio.Task[None]] = set()
        self._limits = limits
        self._deadline = deadline_seconds
        self._tracing = tracing
        self._foreign = ForeignTokens(engine.sampler.guard.detector.vocabulary)

    def drain(self, seconds: float) -> None:
        """Take no new requests, and cut the answers that are still under way after some seconds; may be called anywhere."""
        self.draining = True
        if (loop := self.engine.loop) is not None:
            loop.call_soon_threadsafe(loop.call_later, seconds, self._cut)

    def _cut(self) -> None:
        for task in self.tasks:
            task.cancel()

    @property
    def model_name(self) -> str:
        """Name under which the model is served."""
        return self.engine.loaded.name

    def fingerprint(self, version: str) -> str:
        """`system_fingerprint` of an answer: base weights and adapter version."""
        return f"{self.engine.loaded.fingerprint}-{version}"

    @asynccontextmanager
    async def generation(self, plan: Plan) -> AsyncIterator[Generation]:
        """Generate; leaving the context early cancels what is still running.

        Raises:
            ApiError: no place is left, or the server is about to stop.
        """
        self._check_admission(plan)
        generation = Generation(f"{_PREFIXES[plan.endpoint]}-{uuid.uuid4().hex}", int(time.time()), plan)
        task = asyncio.create_task(self._produce(generation), name=generation.id)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        try:
            yield generation
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def _check_admission(self, plan: Plan) -> None:
        if self.draining:
            self._rejected("draining")
            raise ApiError(503, "the server is about to stop", code="draining", retry_after=_RETRY_SECONDS)
        try:
            self.admission.check(plan.choices)
        except QueueFullError as exc:
            self._rejected("queue_full")
            raise _come_back(f"the server is full: {exc}", "queue_full") from exc

    async def _produce(self, generation: Generation) -> None:
        """Fill a generation's queue; whatever goes wrong ends up in it."""
        put = generation._items.put_nowait
        try:
            await self._within_deadline(generation)
            await self._committed(generation)
            self._count(generation)
            for answer in generation.answers:
                put(Piece(answer.index, finish_reason=answer.finish_reason))
        except asyncio.CancelledError:
            put(ApiError(503, "the server is stopping", code="draining", retry_after=_RETRY_SECONDS))
            raise
        except ApiError as exc:
            put(exc)
        except EngineError as exc:
            put(ApiError(500, str(exc), code="engine_error"))
        except RegistryError as exc:
            put(ApiError(409, str(exc), param="model", code="adapter_unavailable"))
        except Exception:
            logger.exception("request %s failed", generation.id)
            put(ApiError(500, "the server failed on this request", code="internal_error"))
        finally:
            put(None)

    async def _within_deadline(self, generation: Generation) -> None:
        plan = generation.plan
        try:
            async with asyncio.timeout(self._deadline):
                with self._tracing.child("queue"):
                    slots = self.admission.hold(plan.key, plan.choices)
                    await slots.__aenter__()
                try:
                    async with self.gate.request(plan.pinned) as version:
                        generation.version = version
                        if self.metrics:
                            self.metrics.queued(time.perf_counter() - generation.began)
                        with self._tracing.child("generate"):
                            await self._answers(generation)
                finally:
                    await slots.__aexit__(None, None, None)
        except TimeoutError:
            self._rejected("deadline")
            if not generation.answers:
                raise _come_back("the request's time was over before its turn came", "deadline") from None
            generation.deadline_hit = True

    async def _answers(self, generation: Generation) -> None:
        plan = generation.plan
        for index in range(plan.choices):
            prompt = plan.prompts[index // plan.n]
            on_event = self._recorder(generation, prompt)
            generation.answers.append(
                AnswerRun(self.engine, self._foreign, generation.id, index, plan, prompt, self._limits, on_event)
            )
        try:
            async with asyncio.TaskGroup() as group:
                for answer in generation.answers:
                    group.create_task(self._answer(generation, answer))
        except BaseExceptionGroup as exc:
            raise exc.exceptions[0] from None

    async def _answer(self, generation: Generation, answer: AnswerRun) -> None:
        last = generation.began
        async for piece in answer.pieces():
            if piece.text or piece.tokens or piece.calls:
                now = time.perf_counter()
                if self.metrics and last == generation.began:
                    self.metrics.first_token(_ROUTES[generation.plan.endpoint], now - last)
                elif self.metrics and piece.tokens:
                    self.metrics.inter_token(now - last, len(piece.tokens))
                last = now
                generation._items.put_nowait(Piece(piece.index, piece.text, piece.tokens, piece.calls))

    async def _committed(self, generation: Generation) -> None:
        if not generation.events:
            return
        with self._tracing.child("commit"):
            try:
                done = asyncio.wrap_future(self.writer.barrier(generation.id))
                kept = await asyncio.wait_for(asyncio.shield(done), _COMMIT_SECONDS)
            except Exception:
                kept = False
        if not kept:
            self.commit_failures += 1
            logger.error("events of request %s could not be stored", generation.id)

    def _count(self, generation: Generation) -> None:
        if self.metrics is None:
            return
        for answer in generation.answers:
            tally, first = answer.tally, answer.index % generation.plan.n == 0
            self.metrics.answer(
                endpoint=_ROUTES[generation.plan.endpoint],
                language=",".join(answer.prompt.intent.languages),
                adapter=generation.version,
                model=self.model_name,
                prompt_tokens=len(answer.prompt.ids) if first else 0,
                answer_tokens=answer.tokens,
                guarded_tokens=answer.tokens if answer.prompt.policy.guards else 0,
                confusion_mass=tally.mass,
                interventions=tally.interventions,
                rewinds=tally.rewinds,
                stood_back=tally.stood_back,
                events=tally.by_kind,
            )

    def _rejected(self, reason: RejectReason) -> None:
        if self.metrics:
            self.metrics.rejected(reason)

    def _recorder(self, generation: Generation, prompt: Prompt) -> Callable[[EventDraft, list[int]], None]:
        return lambda draft, before: self._record(generation, prompt, draft, before)

    def _record(self, generation: Generation, prompt: Prompt, draft: EventDraft, before: list[int]) -> None:
        loaded, plan, policy, intent = self.engine.loaded, generation.plan, prompt.policy, prompt.intent
        event = Event(
            id=uuid.uuid4().hex,
            created_at=datetime.now(UTC),
            request_id=generation.id,
            user=plan.user,
            model=loaded.name,
            base_fingerprint=loaded.fingerprint,
            tokenizer_fingerprint=loaded.tokenizer_fingerprint,
            adapter_version=generation.version,
            language=",".join(intent.languages),
            decided_by=intent.decided_by,
            confidence=intent.confidence,
            allow_english=policy.allow_english,
            allow_hanja=policy.allow_hanja,
            scripts=",".join(policy.scripts_too),
            prompt_ids=tuple(prompt.ids),
            output_ids=tuple(before),
            position=draft.position,
            token_id=draft.token_id,
            kind=draft.kind,
            candidates=tuple(Candidate(*candidate) for candidate in draft.candidates),
            confusion_mass=draft.mass,
            action=draft.action,
            replacement_id=draft.replacement_id,
            temperature=plan.params.temperature,
            top_p=plan.params.top_p,
            top_k=plan.params.top_k,
            seed=plan.params.seed,
            detector_version=DETECTOR_VERSION,
        )
        self.writer.put(event)


def _come_back(message: str, code: str) -> ApiError:
    return ApiError(429, message, code=code, retry_after=_RETRY_SECONDS)
