"""One request from its plan to its answers: line, adapter version, generation, events, figures."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from typing import Any, cast

from server.adapters.gate import Loan, VersionGate
from server.engines.engine import Engine, EngineError, FormError
from server.errors import (
    BusyError,
    FailureError,
    InvalidRequestError,
    RefusalError,
    StoppingError,
    VersionUnusableError,
)
from server.generation.admission import Admission, Place, QueueFullError, Slot
from server.generation.answer import AnswerRun
from server.generation.echo import echoes
from server.generation.generation import Generation
from server.generation.pieces import Limits, Piece
from server.generation.plan import Endpoint, Plan, Prompt
from server.generation.preparation import Preparation
from server.generation.recording import EventRecorder
from server.operations.metrics import Metrics, RejectReason
from server.operations.tracing import Tracing
from tlpo_guard.errors import RegistryError
from tlpo_guard.guard.points import EventDraft

__all__ = ["GenerationService"]

logger = logging.getLogger(__name__)

# How figures call the endpoints.
_ROUTES = {
    Endpoint.CHAT: "/v1/chat/completions",
    Endpoint.COMPLETIONS: "/v1/completions",
    Endpoint.RESPONSES: "/v1/responses",
}


class GenerationService:
    """Answers requests on one engine. Lives on the event loop."""

    def __init__(
        self,
        engine: Engine,
        gate: VersionGate,
        admission: Admission,
        recorder: EventRecorder,
        preparation: Preparation,
        *,
        metrics: Metrics,
        tracing: Tracing,
        limits: Limits,
        deadline_seconds: float,
    ) -> None:
        self._engine = engine
        self._gate = gate
        self._admission = admission
        self._recorder = recorder
        self._preparation = preparation
        self._metrics = metrics
        self._tracing = tracing
        self._limits = limits
        self._deadline = deadline_seconds
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Live on the running event loop from now on."""
        self._loop = asyncio.get_running_loop()

    def drain(self, seconds: float) -> None:
        """Take no new requests, and cut the answers that are still under way after some seconds; on any thread."""
        self._admission.closed = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.call_later, seconds, self._cut)

    def _cut(self) -> None:
        for task in self._tasks:
            task.cancel()

    @contextmanager
    def place(self, key: str, choices: int) -> Iterator[Place]:
        """A place in the line for so many answers, before anything is worked out for them.

        Raises:
            RefusalError: no place is left, or the server is about to stop.
        """
        try:
            place = self._admission.enter(key, choices)
        except RefusalError as exc:
            self._metrics.rejected(cast(RejectReason, exc.code))
            raise
        try:
            yield place
        finally:
            self._admission.leave(place)

    @asynccontextmanager
    async def generation(self, plan: Plan, place: Place) -> AsyncIterator[Generation]:
        """Generate; leaving the context early cancels what is still running."""
        generation = Generation(plan, self._engine.card.base_fingerprint)
        task = asyncio.create_task(self._produce(generation, place), name=generation.id)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            yield generation
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _produce(self, generation: Generation, place: Place) -> None:
        """Bring a generation to its end; whatever goes wrong ends up in it."""
        try:
            await self._within_deadline(generation, place)
            if generation.events:
                with self._tracing.child("commit"):
                    await self._recorder.commit(generation.id)
            self._count(generation)
            for answer in generation.answers:
                generation.put(Piece(answer.index, finish_reason=answer.finish_reason, stop_reason=answer.stop_reason))
        except asyncio.CancelledError:
            generation.fail(StoppingError("the server is stopping; ask again later"))
            raise
        except RefusalError as exc:
            if isinstance(exc, QueueFullError):
                self._metrics.rejected("queue_full")
            generation.fail(exc)
        except FormError as exc:
            param = generation.plan.form.param if generation.plan.form else None
            generation.fail(InvalidRequestError(str(exc), param=param, code="invalid_schema"))
        except EngineError as exc:
            generation.fail(FailureError(str(exc), code="engine_error"))
        except RegistryError as exc:
            generation.fail(VersionUnusableError(str(exc)))
        except Exception:
            logger.exception("request %s failed", generation.id)
            generation.fail(FailureError("the server failed on this request", code="internal_error"))
        finally:
            generation.end()

    async def _within_deadline(self, generation: Generation, place: Place) -> None:
        try:
            async with asyncio.timeout(self._deadline):
                await self._in_turn(generation, place)
        except TimeoutError:
            self._metrics.rejected("deadline")
            if not generation.answers:
                message = "the request's time was over before its turn came; try again in a moment"
                raise BusyError(message, code="deadline") from None
            generation.deadline_hit = True

    async def _in_turn(self, generation: Generation, place: Place) -> None:
        """Wait for a slot, the tables and the adapter version; then generate."""
        plan = generation.plan
        if plan.form is not None:
            await self._preparation.form(plan.form)
        with self._tracing.child("queue"):
            slot = await self._admission.take(place)
        with slot:
            await self._preparation.prepare(prompt.policy for prompt in plan.prompts)
            if plan.pinned is not None or not self._gate.is_open:
                # Whoever waits for a swap holds no slot: those before it may need one to come to their end.
                slot.release(waits_again=True)
            if plan.pinned is None:
                async with self._gate.request() as generation.version:
                    await self._answers(generation, place, slot)
            else:
                async with self._gate.borrowed(plan.pinned) as loan:
                    generation.version = loan.version
                    await _unless_recalled(loan, self._answers(generation, place, slot))

    async def _answers(self, generation: Generation, place: Place, first: Slot) -> None:
        plan = generation.plan
        self._metrics.queued(time.perf_counter() - generation.began)
        with self._tracing.child("generate"):
            if plan.echo or plan.prompt_logprobs is not None:
                generation.echoes = await echoes(self._engine, plan)
            for index in range(plan.choices):
                prompt = plan.prompts[index // plan.n]
                on_event = self._on_event(generation, prompt)
                generation.answers.append(
                    AnswerRun(self._engine, generation.id, index, plan, prompt, self._limits, on_event)
                )
            try:
                async with asyncio.TaskGroup() as group:
                    for answer in generation.answers:
                        group.create_task(self._in_slot(generation, answer, place, first))
            except BaseExceptionGroup as exc:
                raise exc.exceptions[0] from None

    async def _in_slot(self, generation: Generation, answer: AnswerRun, place: Place, first: Slot) -> None:
        """One answer in a slot of its own; the first one has one already, unless it was given back."""
        with first if answer.index == 0 and first.held else await self._admission.take(place):
            await self._answer(generation, answer)

    async def _answer(self, generation: Generation, answer: AnswerRun) -> None:
        last = generation.began
        async for piece in answer.pieces():
            if piece.brings:
                now = time.perf_counter()
                if last == generation.began:
                    self._metrics.first_token(_ROUTES[generation.plan.endpoint], now - last)
                elif piece.tokens:
                    self._metrics.inter_token(now - last, len(piece.tokens))
                last = now
                generation.put(replace(piece, finish_reason=None))

    def _on_event(self, generation: Generation, prompt: Prompt) -> Callable[[EventDraft, list[int]], None]:
        def record(draft: EventDraft, before: list[int]) -> None:
            generation.drafts.append(draft)
            self._recorder.record(
                draft,
                before,
                request_id=generation.id,
                plan=generation.plan,
                prompt=prompt,
                version=generation.version,
            )

        return record

    def _count(self, generation: Generation) -> None:
        for answer in generation.answers:
            tally, first = answer.tally, answer.index % generation.plan.n == 0
            self._metrics.answer(
                endpoint=_ROUTES[generation.plan.endpoint],
                language=",".join(answer.prompt.intent.languages),
                adapter=generation.version,
                model=self._engine.card.name,
                prompt_tokens=len(answer.prompt.ids) if first else 0,
                answer_tokens=answer.tokens,
                guarded_tokens=answer.tokens if answer.prompt.policy.guards else 0,
                confusion_mass=tally.mass,
                interventions=tally.interventions,
                rewinds=tally.rewinds,
                stood_back=tally.stood_back,
                events=tally.by_kind,
                seconds=time.perf_counter() - generation.began,
            )


async def _unless_recalled(loan: Loan, work: Coroutine[Any, Any, None]) -> None:
    """Do some work under a loan; where the version is recalled first, the work is cancelled.

    Raises:
        BusyError: it was recalled.
    """
    task, recalled = asyncio.ensure_future(work), asyncio.ensure_future(loan.recalled.wait())
    try:
        await asyncio.wait((task, recalled), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            message = f"{loan.version} made way for the current version; name it again when the server is less busy"
            raise BusyError(message, code="version_recalled")
        await task
    finally:
        for one in (task, recalled):
            one.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await one
