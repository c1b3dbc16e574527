"""`/v1/chat/completions` and `/v1/completions`: a generation as OpenAI's objects and chunks."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from server.engines.engine import Vocabulary
from server.errors import RefusalError
from server.generation.calls import CalledTool, CallPiece, whole_calls
from server.generation.echo import Echo
from server.generation.generation import Generation
from server.generation.pieces import Piece
from server.generation.text import TokenInfo
from server.http.errors import ApiError
from server.http.logprobs import Spelling, chat_logprobs, legacy_logprobs, prompt_logprobs
from server.http.replies import (
    CalledFunction,
    CalledFunctionDelta,
    ChatChoice,
    ChatChunk,
    ChatReply,
    ChunkChoice,
    ChunkDelta,
    CompletionChoice,
    CompletionChunk,
    CompletionChunkChoice,
    CompletionReply,
    CompletionTokensDetails,
    GuardReply,
    LegacyLogprobs,
    MessageReply,
    PromptTokensDetails,
    ToolCallDelta,
    ToolCallReply,
    Usage,
)
from server.http.wire import Reply, event_frame

__all__ = ["ChatRendering", "CompletionRendering", "guard_report", "usage"]

DONE = "data: [DONE]\n\n"


def usage(generation: Generation) -> Usage:
    """Tokens of prompts and answers."""
    prompt, completion = generation.prompt_tokens, generation.completion_tokens
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=generation.cached_tokens),
        completion_tokens_details=CompletionTokensDetails(reasoning_tokens=generation.reasoning_tokens),
    )


def guard_report(generation: Generation) -> GuardReply:
    """What the guard decided and did; of several prompts, what it decided for the first."""
    prompt = generation.plan.prompts[0]
    return GuardReply(
        language=",".join(prompt.intent.languages) or None,
        admitted=list(prompt.intent.admitted),
        decided_by=prompt.intent.decided_by,
        mode=str(prompt.policy.mode),
        reasoning=prompt.policy.guards and prompt.policy.reasoning,
        events=generation.events,
        rewinds=generation.rewinds,
        stood_back=generation.stood_back,
        deadline_exceeded=generation.deadline_hit,
    )


@dataclass(slots=True)
class _Answer:
    """One answer, gathered."""

    texts: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    tokens: list[TokenInfo] = field(default_factory=list)
    calls: list[CallPiece] = field(default_factory=list)
    finish: Any = None
    stop: str | int | None = None

    def add(self, piece: Piece) -> None:
        self.texts.append(piece.text)
        self.reasoning.append(piece.reasoning)
        self.tokens += piece.tokens
        self.calls += piece.calls
        self.finish = piece.finish_reason or self.finish
        self.stop = piece.stop_reason


class _Rendering(ABC):
    """One request's answers in the shape of its endpoint.

    Args:
        with_usage: a stream ends with a chunk that has the usage.
        counted: all chunks before it have the usage so far.
    """

    def __init__(
        self, generation: Generation, vocabulary: Vocabulary, *, with_usage: bool, counted: bool = False
    ) -> None:
        self._generation = generation
        self._counted = counted
        self._spelling = Spelling(vocabulary, as_ids=generation.plan.tokens_as_ids)
        self._with_usage = with_usage

    async def whole(self) -> Reply:
        """All answers at once; raises RefusalError."""
        answers = [_Answer() for _ in range(self._generation.plan.choices)]
        async for piece in self._generation.pieces():
            answers[piece.index].add(piece)
        return self._reply(answers)

    async def frames(self) -> AsyncIterator[str]:
        """The same as server-sent events. What is wrong shows before the first one, or in a frame of its own."""
        first = True
        try:
            async for piece in self._generation.pieces():
                if first:
                    for chunk in self._opening():
                        yield event_frame(chunk)
                first = False
                for chunk in self._chunks(piece):
                    yield event_frame(chunk)
        except RefusalError as exc:
            if first:
                raise
            yield event_frame(ApiError.of(exc).body)
            return
        if self._with_usage:
            yield event_frame(self._closing())
        yield DONE

    def _head(self) -> dict[str, Any]:
        """The fields that all replies have."""
        generation = self._generation
        return {
            "id": generation.id,
            "created": generation.created,
            "model": generation.plan.model,
            "system_fingerprint": generation.fingerprint,
        }

    def _tail(self, piece: Piece) -> dict[str, Any]:
        """The fields behind a chunk's choices."""
        tail: dict[str, Any] = {} if piece.finish_reason is None else {"guard": guard_report(self._generation)}
        if not self._with_usage:
            return tail
        return tail | {"usage": usage(self._generation) if self._counted else None}

    def _totals(self) -> dict[str, Any]:
        return {"usage": usage(self._generation), "guard": guard_report(self._generation)}

    @property
    def _is_forced(self) -> bool:
        """Whether each answer has to be a call."""
        tools = self._generation.plan.tools
        return tools is not None and tools.forced

    def _asked_for(self, tokens: Sequence[TokenInfo]) -> Sequence[TokenInfo]:
        """The tokens whose log-probabilities were asked for."""
        return () if self._generation.plan.top_logprobs is None else tokens

    def _echo(self, index: int) -> Echo:
        """What stands before an answer."""
        echoes = self._generation.echoes
        return echoes[index // self._generation.plan.n] if echoes else Echo()

    def _prompt_logprobs(self, index: int) -> dict[str, Any]:
        """The field of a prompt's log-probabilities, where they were asked for."""
        count = self._generation.plan.prompt_logprobs
        if count is None:
            return {}
        return {"prompt_logprobs": prompt_logprobs(self._echo(index), self._spelling, count)}

    def _token_ids(self, tokens: Sequence[TokenInfo]) -> dict[str, Any]:
        """The field of tokens' ids, where they were asked for."""
        return {"token_ids": [token.token_id for token in tokens]} if self._generation.plan.token_ids else {}

    def _prompt_token_ids(self, index: int) -> dict[str, Any]:
        """The same of the prompt of an answer."""
        plan = self._generation.plan
        return {"prompt_token_ids": plan.prompts[index // plan.n].ids} if plan.token_ids else {}

    def _end(self, piece: Piece) -> dict[str, Any]:
        """The last fields of a chunk's choice."""
        last = {} if piece.finish_reason is None else {"stop_reason": piece.stop_reason}
        return last | self._token_ids(piece.tokens)

    @abstractmethod
    def _reply(self, answers: list[_Answer]) -> Reply: ...

    @abstractmethod
    def _opening(self) -> list[Reply]: ...

    @abstractmethod
    def _chunks(self, piece: Piece) -> list[Reply]: ...

    @abstractmethod
    def _closing(self) -> Reply: ...


class ChatRendering(_Rendering):
    """Of `/v1/chat/completions`."""

    def _reply(self, answers: list[_Answer]) -> Reply:
        choices = [
            ChatChoice(
                index=index,
                message=_message(self._echo(index).text + "".join(answer.texts), answer, forced=self._is_forced),
                logprobs=chat_logprobs(self._asked_for(answer.tokens), self._spelling),
                finish_reason=answer.finish,
                stop_reason=answer.stop,
                **self._token_ids(answer.tokens),
            )
            for index, answer in enumerate(answers)
        ]
        more = self._totals() | self._prompt_logprobs(0) | self._prompt_token_ids(0)
        return ChatReply(object="chat.completion", choices=choices, **self._head(), **more)

    def _opening(self) -> list[Reply]:
        delta = ChunkDelta(role="assistant", content="")
        indexes = range(self._generation.plan.choices)
        begun: list[Reply] = [self._one(Piece(index), delta) for index in indexes]
        echoed = [(index, self._echo(index).text) for index in indexes]
        return begun + [self._one(Piece(index), ChunkDelta(content=text)) for index, text in echoed if text]

    def _chunks(self, piece: Piece) -> list[Reply]:
        if piece.finish_reason is not None:
            return [self._one(piece, ChunkDelta())]
        chunks: list[Reply] = []
        if piece.reasoning:
            chunks.append(self._one(Piece(piece.index), ChunkDelta(reasoning_content=piece.reasoning)))
        if piece.text or self._asked_for(piece.tokens):
            chunks.append(self._one(piece, ChunkDelta(content=piece.text)))
        calls = [ChunkDelta(tool_calls=[_call_delta(call)]) for call in piece.calls]
        return chunks + [self._one(Piece(piece.index), delta) for delta in calls]

    def _one(self, piece: Piece, delta: ChunkDelta) -> ChatChunk:
        choice = ChunkChoice(
            index=piece.index,
            delta=delta,
            logprobs=chat_logprobs(self._asked_for(piece.tokens), self._spelling),
            finish_reason=piece.finish_reason,  # type: ignore[arg-type]
            **self._end(piece),
        )
        return ChatChunk(object="chat.completion.chunk", choices=[choice], **self._head(), **self._tail(piece))

    def _closing(self) -> Reply:
        return ChatChunk(object="chat.completion.chunk", choices=[], **self._head(), **self._totals())


class CompletionRendering(_Rendering):
    """Of `/v1/completions`."""

    def _reply(self, answers: list[_Answer]) -> Reply:
        choices = [
            CompletionChoice(
                index=index,
                text=self._echo(index).text + "".join(answer.texts),
                logprobs=self._logprobs(index, answer.tokens, echo=True),
                finish_reason=answer.finish,
                stop_reason=answer.stop,
                **self._token_ids(answer.tokens),
                **self._prompt_token_ids(index),
                **self._prompt_logprobs(index),
            )
            for index, answer in enumerate(answers)
        ]
        return CompletionReply(object="text_completion", choices=choices, **self._head(), **self._totals())

    def _logprobs(self, index: int, tokens: Sequence[TokenInfo], *, echo: bool = False) -> LegacyLogprobs | None:
        """Of some tokens of an answer, whose places in the text are behind the echo's; with those of the echo itself."""
        before = self._echo(index)
        if before.text:
            tokens = [replace(token, offset=token.offset + len(before.text)) for token in tokens]
        if echo and self._generation.plan.echo:
            tokens = [*before.tokens, *tokens]
        return legacy_logprobs(self._asked_for(tokens), self._spelling)

    def _opening(self) -> list[Reply]:
        if not self._generation.plan.echo:
            return []
        return [
            self._one(Piece(index, self._echo(index).text), self._logprobs(index, (), echo=True))
            for index in range(self._generation.plan.choices)
        ]

    def _chunks(self, piece: Piece) -> list[Reply]:
        return [self._one(piece, self._logprobs(piece.index, piece.tokens))]

    def _one(self, piece: Piece, logprobs: LegacyLogprobs | None) -> CompletionChunk:
        choice = CompletionChunkChoice(
            index=piece.index,
            text=piece.text,
            logprobs=logprobs,
            finish_reason=piece.finish_reason,  # type: ignore[arg-type]
            **self._end(piece),
        )
        return CompletionChunk(object="text_completion", choices=[choice], **self._head(), **self._tail(piece))

    def _closing(self) -> Reply:
        return CompletionChunk(object="text_completion", choices=[], **self._head(), **self._totals())


def _message(text: str, answer: _Answer, *, forced: bool) -> MessageReply:
    calls, reasoning = whole_calls(answer.calls), "".join(answer.reasoning)
    content = text if text or not (calls or forced or reasoning) else None
    more: dict[str, Any] = {"reasoning_content": reasoning} if reasoning else {}
    if calls:
        more["tool_calls"] = [ToolCallReply(id=call.id, type="function", function=_function(call)) for call in calls]
    return MessageReply(role="assistant", content=content, refusal=None, **more)


def _function(call: CalledTool) -> CalledFunction:
    return CalledFunction(name=call.name, arguments=call.arguments)


def _call_delta(piece: CallPiece) -> ToolCallDelta:
    if piece.id is None:
        return ToolCallDelta(index=piece.index, function=CalledFunctionDelta(arguments=piece.arguments))
    function = CalledFunctionDelta(name=piece.name, arguments=piece.arguments)
    return ToolCallDelta(index=piece.index, id=piece.id, type="function", function=function)
