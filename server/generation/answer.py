"""One answer: from the engine's steps to text that may be sent, going back where its words drift."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from server.engines.transformers import TransformersEngine
from server.generation.text import AnswerText, TokenInfo
from server.planning.plan import Plan, Prompt
from server.planning.tools import CalledTool, ToolParser
from tlpo_guard.generation.draws import Draws, SamplingParams
from tlpo_guard.generation.offsets import LogitOffsets
from tlpo_guard.generation.sequence import Logprobs, SampledSequence, Step
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.guard.state import Repair, SequenceState
from tlpo_guard.policy import Mode
from tlpo_guard.rewind import ConfusionPoint, ForeignTokens, WordWatch

__all__ = ["AnswerRun", "Limits", "Piece"]

_NEAR = 8  # tokens; a drift this close behind the last one is the same one again
_INSISTED = 24  # tokens for which the other language's words are kept out then, times the attempts


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of `rewind`.

    Attributes:
        rewinds: how often an answer goes back.
        held: tokens that are held back while a word is undecided.
    """

    rewinds: int
    held: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of an answer that may be sent.

    Attributes:
        index: of the answer among the request's.
        finish_reason: set in the last piece.
    """

    index: int
    text: str = ""
    tokens: tuple[TokenInfo, ...] = ()
    calls: tuple[CalledTool, ...] = ()
    finish_reason: str | None = None


@dataclass(slots=True)
class _Token:
    token_id: int
    data: bytes
    logprobs: Logprobs | None
    events: tuple[EventDraft, ...]


@dataclass(slots=True)
class Tally:
    """What the guard did in one answer."""

    mass: float = 0.0
    interventions: int = 0
    rewinds: int = 0
    stood_back: int = 0
    by_kind: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def events(self) -> int:
        """How many were logged."""
        return self.by_kind.total()

    def add(self, state: SequenceState) -> None:
        """Take in what one branch of the answer brought."""
        self.mass += state.mass
        self.interventions += state.interventions
        self.stood_back += state.stood_back


@dataclass(slots=True)
class AnswerRun:
    """Generates one answer.

    Args:
        on_event: takes an event with the ids of the answer before it, once its token is sure to stay.

    Attributes:
        tokens: how many the answer has, the one that ends it included.
        finish_reason: `stop`, `length` or `tool_calls`.
    """

    engine: TransformersEngine
    foreign: ForeignTokens
    request_id: str
    index: int
    plan: Plan
    prompt: Prompt
    limits: Limits
    on_event: Callable[[EventDraft, list[int]], None]
    finish_reason: str = "length"
    tally: Tally = field(default_factory=Tally)
    _kept: list[_Token] = field(default_factory=list)
    _released: int = 0
    _unlogged: list[ConfusionPoint] = field(default_factory=list)
    _branch: int = 0
    _last_point: int = -_NEAR
    _attempts: int = 0
    _paused: bool = False
    _points: set[int] = field(default_factory=set)

    @property
    def tokens(self) -> int:
        """Tokens of the answer so far."""
        return len(self._kept)

    async def pieces(self) -> AsyncGenerator[Piece]:
        """The answer as it may be sent; the last piece has the finish reason.

        Raises:
            EngineError: the engine failed.
        """
        text = AnswerText(self.plan.stops)
        parser = None if self.plan.tools is None else ToolParser(self.plan.tools)
        async with aclosing(self._sure_tokens()) as sure:
            async for token in sure:
                if token.token_id in self.engine.eos_token_ids:
                    self.finish_reason = "stop"
                    continue
                piece = self._piece(*text.feed(token.token_id, token.data, token.logprobs), parser)
                if piece.text or piece.tokens:
                    yield piece
                if text.stopped:
                    self.finish_reason = "stop"
                    break
        for point in self._unlogged:
            await self._observe(point)
        yield self._last(text, parser)

    def _piece(self, text: str, tokens: list[TokenInfo], parser: ToolParser | None) -> Piece:
        return Piece(self.index, text if parser is None else parser.feed(text), tuple(tokens))

    def _last(self, text: AnswerText, parser: ToolParser | None) -> Piece:
        rest, tokens = text.close()
        calls: tuple[CalledTool, ...] = ()
        if parser is not None:
            rest = parser.feed(rest) + parser.close()
            calls = tuple(parser.calls)
        if calls:
            self.finish_reason = "tool_calls"
        return Piece(self.index, rest, tuple(tokens), calls, self.finish_reason)

    async def _sure_tokens(self) -> AsyncGenerator[_Token]:
        """The tokens that stay; where the words drift under `rewind`, the answer goes back and on from there."""
        policy = self.prompt.policy
        watch = None
        if self.plan.constraint is None and self.plan.tools is None and WordWatch.watches(policy):
            held = self.limits.held if policy.mode is Mode.REWIND else 0
            watch = WordWatch(policy, self.prompt.asked, max_held=held)
        guard = self.engine.sampler.guard
        state = guard.open(policy, self.prompt.ids)
        while True:
            point = None
            try:
                async with aclosing(self._steps(state)) as steps:
                    async for batch in steps:
                        for step in batch:
                            point = self._take(step, watch)
                            if point is not None:
                                break
                        if point is not None:  # nothing more goes out, or the point itself might
                            break
                        for token in self._fresh(watch):
                            yield token
                if point is None and watch is not None:
                    point = self._judge(watch.close(), watch)
            finally:
                self.tally.add(state)
            if point is None or watch is None:
                break
            state = self._go_back(point, state, watch)
        for token in self._fresh(None):
            yield token

    def _steps(self, state: SequenceState) -> AsyncGenerator[list[Step]]:
        plan, kept = self.plan, [token.token_id for token in self._kept]
        sequence = self._sequence(state, kept)
        request = f"{self.request_id}-{self.index}-{self._branch}"
        return self.engine.generate(request, self.prompt.ids + kept, plan.max_new_tokens - len(kept), sequence)

    def _sequence(self, state: SequenceState, kept: list[int]) -> SampledSequence:
        plan = self.plan
        params = plan.params
        if params.seed is not None:
            params = SamplingParams(params.temperature, params.top_p, params.top_k, params.seed + self.index % plan.n)
        offsets = None
        if plan.logit_bias or plan.presence_penalty or plan.frequency_penalty:
            offsets = LogitOffsets(
                self.engine.vocabulary_size,
                self.engine.device,
                bias=dict(plan.logit_bias),
                presence=plan.presence_penalty,
                frequency=plan.frequency_penalty,
                output_ids=kept,
            )
        form = None if plan.constraint is None else plan.constraint()
        return SampledSequence(params, Draws(params.seed, self._branch), state, offsets, form, plan.top_logprobs)

    def _take(self, step: Step, watch: WordWatch | None) -> ConfusionPoint | None:
        data = self.engine.sampler.guard.detector.vocabulary.token_bytes(step.token_id)
        self._kept.append(_Token(step.token_id, data, step.logprobs, step.events))
        if watch is None:
            return None
        inside, self._paused = self._paused, self.engine.sampler.guard.pauses(self._paused, step.token_id)
        if (inside or self._paused) and not self.prompt.policy.reasoning:
            watch.skip(data)
            return None
        return self._judge(watch.feed(data), watch)

    def _judge(self, point: ConfusionPoint | None, watch: WordWatch) -> ConfusionPoint | None:
        """The point that the answer goes back to; None where it goes on."""
        if point is None:
            return None
        if self.prompt.policy.mode is not Mode.REWIND:
            self._unlogged.append(point)
            return None
        at = max(point.position, watch.released)
        if self.tally.rewinds >= self.limits.rewinds or at >= len(self._kept):
            self.tally.stood_back += 1
            self._unlogged.append(point)
            return None
        return ConfusionPoint(at, point.found)

    def _go_back(self, point: ConfusionPoint, state: SequenceState, watch: WordWatch) -> SequenceState:
        """State of the answer's next branch, which begins at a confusion point."""
        token_id = self._kept[point.position].token_id
        del self._kept[point.position :]
        watch.go_back(point.position)
        again = abs(point.position - self._last_point) <= _NEAR
        self._attempts = self._attempts + 1 if again else 1
        self._last_point = point.position
        self._branch += 1
        self.tally.rewinds += 1
        others, until = None, 0
        if self._attempts > 1:
            others = self.foreign.table(self.prompt.policy.languages, point.found)
            until = point.position + _INSISTED * (self._attempts - 1)
        return self.engine.sampler.guard.resume(state, Repair(point.position, token_id, others, until))

    async def _observe(self, point: ConfusionPoint) -> None:
        """Log a confusion point that the answer did not go back to: one more step at it brings its candidates.

        It is taken when the answer is written, for a row more in the batch could change the answer's last bits.
        """
        guard = self.engine.sampler.guard
        kept = [token.token_id for token in self._kept]
        state = guard.open(self.prompt.policy, ())
        state.output_ids = kept
        repair = Repair(point.position, kept[point.position], only_observed=True)
        sequence = self._sequence(guard.resume(state, repair), kept[: point.position])
        request = f"{self.request_id}-{self.index}-observed-{point.position}"
        before = kept[: point.position]
        async with aclosing(self.engine.generate(request, self.prompt.ids + before, 1, sequence)) as steps:
            async for batch in steps:
                for draft in batch[0].events:
                    self._log(draft, before)

    def _log(self, draft: EventDraft, before: list[int]) -> None:
        """An answer that goes back to one point twice has one event there: the first, with the untouched candidates."""
        point = hash((draft.position, *before))
        if point not in self._points:
            self._points.add(point)
            self.tally.by_kind[draft.kind, draft.action] += 1
            self.on_event(draft, before)

    def _fresh(self, watch: WordWatch | None) -> list[_Token]:
        """The tokens that have become sure; their events are logged."""
        until = len(self._kept) if watch is None else watch.settle()
        fresh = self._kept[self._released : until]
        for at, token in enumerate(fresh, start=self._released):
            for draft in token.events:
                self._log(draft, [t.token_id for t in self._kept[:at]])
        self._released = max(until, self._released)
        return fresh
