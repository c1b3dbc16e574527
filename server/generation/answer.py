"""One answer: from the engine's steps to text that may be sent, going back where its words drift."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import ParamSpec, TypeVar

from server.engines.engine import AnswerRequest, Engine, Resumption
from server.generation.pieces import Limits, Piece, Tally
from server.generation.plan import Plan, Prompt
from server.generation.reader import AnswerReader
from server.generation.rewinding import Rewinder
from tlpo_guard.generation.sequence import Logprobs, Step
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.policy import Mode
from tlpo_guard.rewind import ConfusionPoint, WordWatch

__all__ = ["AnswerRun"]

P = ParamSpec("P")
T = TypeVar("T")

_LONG_PROMPT = 16_000  # characters; reading them again takes some milliseconds


@dataclass(frozen=True, slots=True)
class _Token:
    """A token that has not gone out.

    Attributes:
        prefix: hash of the answer's tokens before it.
    """

    token_id: int
    data: bytes
    logprobs: Logprobs | None
    events: tuple[EventDraft, ...]
    prefix: int


@dataclass(slots=True)
class AnswerRun:
    """Generates one answer. What a token costs does not depend on how long the answer is, unless it is an event.

    Args:
        on_event: takes an event with the ids of the answer before it, once its token is sure to stay.

    Attributes:
        finish_reason: `stop`, `length` or `tool_calls`.
        stop_reason: the stop sequence or the stop token that ended the answer.
    """

    engine: Engine
    request_id: str
    index: int
    plan: Plan
    prompt: Prompt
    limits: Limits
    on_event: Callable[[EventDraft, list[int]], None]
    finish_reason: str = "length"
    stop_reason: str | int | None = None
    tally: Tally = field(default_factory=Tally)
    _reader: AnswerReader | None = None
    _ids: list[int] = field(default_factory=list)
    _waiting: list[_Token] = field(default_factory=list)  # the last ones of the answer
    _prefix: int = 0
    _logged: set[tuple[int, int]] = field(default_factory=set)

    @property
    def tokens(self) -> int:
        """Tokens of the answer so far, the one that ends it included."""
        return len(self._ids)

    @property
    def reasoning_tokens(self) -> int:
        """Those of them that are reasoning."""
        return 0 if self._reader is None else self._reader.reasoning_tokens

    async def pieces(self) -> AsyncGenerator[Piece]:
        """The answer as it may be sent; the last piece has the finish reason.

        Raises:
            EngineError: the engine failed.
        """
        ends = self.engine.card.end_token_ids | self.plan.stop_token_ids
        reader = self._reader = AnswerReader(self.index, self.plan, self.prompt, self.engine)
        rewinder = Rewinder(await self._off_loop(self._watch), self.prompt.policy.mode, self.limits, self.tally)
        async with aclosing(self._sure_tokens(rewinder)) as sure:
            async for token in sure:
                if token.token_id in ends:
                    self.finish_reason = "stop"
                    self.stop_reason = token.token_id if token.token_id in self.plan.stop_token_ids else None
                    continue
                piece = reader.feed(token.token_id, token.data, token.logprobs)
                if piece.brings:
                    yield piece
                if reader.stopped:
                    self.finish_reason, self.stop_reason = "stop", reader.stop
                    break
        for point in rewinder.unlogged:
            await self._observe(point)
        last = reader.close(self.finish_reason)
        self.finish_reason = last.finish_reason or self.finish_reason
        yield last

    def _watch(self) -> WordWatch | None:
        policy = self.prompt.policy
        if self.plan.form is not None or self.plan.tools is not None or not WordWatch.watches(policy):
            return None
        begun = b"".join(map(self.engine.vocabulary.token_bytes, self.prompt.begun)).decode("utf-8", "replace")
        held = self.limits.held if policy.mode is Mode.REWIND else 0
        return WordWatch(policy, self.prompt.brought, max_held=held, begun=begun)

    async def _sure_tokens(self, rewinder: Rewinder) -> AsyncGenerator[_Token]:
        """The tokens that stay; where the words drift under `rewind`, the answer goes back and on from there."""
        resumption: Resumption | None = None
        while self.plan.max_new_tokens:
            point = None
            async with aclosing(self._steps(resumption)) as steps:
                async for batch in steps:
                    point = await self._off_loop(self._take, batch, rewinder)
                    if point is not None:  # nothing more goes out, or the point itself might
                        break
                    for token in self._release(rewinder.settle(len(self._ids))):
                        yield token
            if point is None:
                point = await self._off_loop(rewinder.close, len(self._ids))
            if point is None:
                break
            resumption = rewinder.go_back(point, self._ids[point.position])
            self._forget(point.position)
        for token in self._release(len(self._ids)):
            yield token

    async def _off_loop(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Watch words on a thread where that may take long: an alarm is looked into with the whole prompt beside it."""
        if self.prompt.brought.characters > _LONG_PROMPT:
            return await asyncio.to_thread(work, *args, **kwargs)
        return work(*args, **kwargs)

    def _take(self, batch: list[Step], rewinder: Rewinder) -> ConfusionPoint | None:
        """Take in what came; the point that the answer goes back to, if any, and then nothing behind it."""
        for step in batch:
            data = self.engine.vocabulary.token_bytes(step.token_id)
            self.tally.add(step)
            self._ids.append(step.token_id)
            self._waiting.append(_Token(step.token_id, data, step.logprobs, step.events, self._prefix))
            self._prefix = hash((self._prefix, step.token_id))
            point = rewinder.take(step, data, len(self._ids))
            if point is not None:
                return point
        return None

    def _forget(self, position: int) -> None:
        """Take back the tokens from a position on; none of them has gone out."""
        first = len(self._waiting) - (len(self._ids) - position)
        self._prefix = self._waiting[first].prefix
        del self._waiting[first:]
        del self._ids[position:]

    def _release(self, length: int) -> list[_Token]:
        """The tokens up to a length of the answer, as far as they have not gone out; their events are logged."""
        released = len(self._ids) - len(self._waiting)
        count = max(length - released, 0)
        sure = self._waiting[:count]
        del self._waiting[:count]
        for position, token in enumerate(sure, start=released):
            for draft in token.events:
                self._log(draft, token.prefix, position)
        return sure

    def _steps(self, resumption: Resumption | None) -> AsyncGenerator[list[Step]]:
        left = self.plan.max_new_tokens - len(self._ids)
        return self.engine.generate(self._request(str(self.tally.rewinds), left, self._ids, resumption))

    def _request(
        self, run: str, max_new_tokens: int, output_ids: Sequence[int], resumption: Resumption | None
    ) -> AnswerRequest:
        plan, params = self.plan, self.plan.params
        if params.seed is not None:
            params = replace(params, seed=params.seed + self.index % plan.n)
        return AnswerRequest(
            f"{self.request_id}-{self.index}-{run}",
            self.prompt.ids,
            max_new_tokens,
            params,
            self.prompt.policy,
            self.prompt.brought,
            begun=self.prompt.begun,
            output_ids=tuple(output_ids),
            branch=self.tally.rewinds,
            resumption=resumption,
            penalties=plan.penalties,
            stop_token_ids=plan.stop_token_ids,
            form=plan.form,
            opened=self.prompt.opened is not None,
            openings=self.prompt.openings,
            top_logprobs=plan.top_logprobs,
        )

    async def _observe(self, point: ConfusionPoint) -> None:
        """Log a confusion point that the answer did not go back to: one more step at it brings its candidates.

        It is taken when the answer is written, for a row more in the batch could change the answer's last bits.
        """
        position, before = point.position, self._ids[: point.position]
        resumption = Resumption(self._ids[position], only_observed=True)
        request = self._request(f"observed-{position}", 1, before, resumption)
        prefix = 0
        for token_id in before:
            prefix = hash((prefix, token_id))
        async with aclosing(self.engine.generate(request)) as steps:
            async for batch in steps:
                for draft in batch[0].events:
                    self._log(draft, prefix, position)

    def _log(self, draft: EventDraft, prefix: int, position: int) -> None:
        """An answer that goes back to one point twice has one event there: the first, with the untouched candidates."""
        point = (draft.position, prefix)
        if point not in self._logged:
            self._logged.add(point)
            self.tally.by_kind[draft.kind, draft.action] += 1
            self.on_event(draft, self._ids[:position])
