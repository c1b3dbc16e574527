"""`/v1/chat/completions` and `/v1/completions`: a generation as OpenAI's objects and chunks."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from server.generation.answer import Piece
from server.generation.service import Generation, GenerationService
from server.generation.text import TokenInfo
from server.http.errors import ApiError
from server.planning.tools import CalledTool

__all__ = ["Rendering", "guard_report", "usage"]

DONE = "data: [DONE]\n\n"


def usage(generation: Generation) -> dict[str, int]:
    """Tokens of prompts and answers."""
    prompt, completion = generation.prompt_tokens, generation.completion_tokens
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def guard_report(generation: Generation) -> dict[str, Any]:
    """What the guard decided and did; of several prompts, what it decided for the first."""
    prompt = generation.plan.prompts[0]
    return {
        "language": ",".join(prompt.intent.languages) or None,
        "decided_by": prompt.intent.decided_by,
        "mode": str(prompt.policy.mode),
        "events": generation.events,
        "rewinds": generation.rewinds,
        "stood_back": generation.stood_back,
        "deadline_exceeded": generation.deadline_hit,
    }


class Rendering:
    """One request's answers in the shape of its endpoint.

    Args:
        chat: of `/v1/chat/completions` rather than `/v1/completions`.
        with_usage: a stream ends with a chunk that has the usage.
    """

    def __init__(self, service: GenerationService, generation: Generation, *, chat: bool, with_usage: bool) -> None:
        self._service = service
        self._generation = generation
        self._chat = chat
        self._with_usage = with_usage

    async def whole(self) -> dict[str, Any]:
        """All answers at once; raises ApiError."""
        count = self._generation.plan.choices
        texts, calls = [""] * count, [()] * count
        tokens: list[list[TokenInfo]] = [[] for _ in range(count)]
        finish: list[str | None] = [None] * count
        async for piece in self._generation.pieces():
            texts[piece.index] += piece.text
            tokens[piece.index] += piece.tokens
            calls[piece.index] += piece.calls  # type: ignore[assignment]
            finish[piece.index] = piece.finish_reason or finish[piece.index]
        choices = [
            {
                "index": index,
                **self._content(texts[index], calls[index]),
                "logprobs": self._logprobs(tokens[index]),
                "finish_reason": finish[index],
            }
            for index in range(count)
        ]
        kind = "chat.completion" if self._chat else "text_completion"
        tail = {"usage": usage(self._generation), "guard": guard_report(self._generation)}
        return self._head(kind) | {"choices": choices} | tail

    async def frames(self) -> AsyncIterator[str]:
        """The same as server-sent events. What is wrong shows before the first one, or in a frame of its own."""
        try:
            first = True
            async for piece in self._generation.pieces():
                if first and self._chat:
                    for index in range(self._generation.plan.choices):
                        yield self._chunk(index, {"role": "assistant", "content": ""}, None)
                first = False
                yield self._of(piece)
        except ApiError as exc:
            if first:
                raise
            yield _frame(exc.body)
            return
        if self._with_usage:
            head = self._head("chat.completion.chunk" if self._chat else "text_completion")
            tail = {"usage": usage(self._generation), "guard": guard_report(self._generation)}
            yield _frame(head | {"choices": []} | tail)
        yield DONE

    def _of(self, piece: Piece) -> str:
        if piece.finish_reason is not None:
            return self._chunk(piece.index, {} if self._chat else "", piece.finish_reason)
        logprobs = self._logprobs(piece.tokens)
        if not self._chat:
            return self._chunk(piece.index, piece.text, None, logprobs)
        delta: dict[str, Any] = {"content": piece.text} if piece.text or not piece.calls else {}
        if piece.calls:
            delta["tool_calls"] = [{"index": i, **_call(call)} for i, call in enumerate(piece.calls)]
        return self._chunk(piece.index, delta, None, logprobs)

    def _chunk(self, index: int, delta: Any, finish: str | None, logprobs: Any = None) -> str:
        head = self._head("chat.completion.chunk" if self._chat else "text_completion")
        choice = {
            "index": index,
            "delta" if self._chat else "text": delta,
            "logprobs": logprobs,
            "finish_reason": finish,
        }
        body = head | {"choices": [choice]}
        if finish is not None:
            body["guard"] = guard_report(self._generation)
        if self._with_usage:
            body["usage"] = None
        return _frame(body)

    def _head(self, kind: str) -> dict[str, Any]:
        generation = self._generation
        return {
            "id": generation.id,
            "object": kind,
            "created": generation.created,
            "model": generation.plan.model,
            "system_fingerprint": self._service.fingerprint(generation.version),
        }

    def _content(self, text: str, calls: Sequence[CalledTool]) -> dict[str, Any]:
        if not self._chat:
            return {"text": text}
        message: dict[str, Any] = {"role": "assistant", "content": text if text or not calls else None, "refusal": None}
        if calls:
            message["tool_calls"] = [_call(call) for call in calls]
        return {"message": message}

    def _logprobs(self, tokens: Sequence[TokenInfo]) -> dict[str, Any] | None:
        if self._generation.plan.top_logprobs is None or not tokens:
            return None
        vocabulary = self._service.engine.sampler.guard.detector.vocabulary
        if self._chat:
            return {"content": [_chat_logprob(token, vocabulary) for token in tokens], "refusal": None}
        return _legacy_logprobs(tokens, vocabulary)


def _frame(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def _call(call: CalledTool) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _spelled(data: bytes, logprob: float) -> dict[str, Any]:
    return {"token": data.decode("utf-8", errors="replace"), "bytes": list(data), "logprob": logprob}


def _chat_logprob(token: TokenInfo, vocabulary: Any) -> dict[str, Any]:
    assert token.logprobs is not None
    top = [_spelled(vocabulary.token_bytes(i), logprob) for i, logprob in token.logprobs.top]
    return _spelled(token.data, token.logprobs.chosen) | {"top_logprobs": top}


def _legacy_logprobs(tokens: Sequence[TokenInfo], vocabulary: Any) -> dict[str, Any]:
    told = [token.logprobs for token in tokens if token.logprobs is not None]
    spelled = [token.data.decode("utf-8", errors="replace") for token in tokens]
    top = [
        {vocabulary.token_bytes(i).decode("utf-8", errors="replace"): logprob for i, logprob in one.top} for one in told
    ]
    return {
        "tokens": spelled,
        "token_logprobs": [one.chosen for one in told],
        "top_logprobs": top if any(top) else None,
        "text_offset": [token.offset for token in tokens],
    }
