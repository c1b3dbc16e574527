"""`/v1/responses`: a generation as OpenAI's response object and its typed events."""

import time
from collections.abc import AsyncIterator
from typing import Any, Literal

from server.engines.engine import Vocabulary
from server.errors import BusyError, InvalidRequestError, RefusalError
from server.generation.generation import Generation
from server.http.completions import guard_report, usage
from server.http.response_events import ResponseEvent, StreamEvent
from server.http.response_output import Output
from server.http.response_replies import (
    IncompleteDetails,
    InputTokensDetails,
    OutputItem,
    OutputTokensDetails,
    ReasoningReply,
    ResponseError,
    ResponseReply,
    ResponseStatus,
    ResponseUsage,
    TextReply,
)
from server.http.wire import Reply, event_frame
from server.planning.schemas import ResponsesRequest

__all__ = ["ResponseRendering"]

_Finished = Literal["completed", "incomplete"]


class ResponseRendering:
    """One request's answer in the shape of this endpoint."""

    def __init__(self, generation: Generation, body: ResponsesRequest, vocabulary: Vocabulary) -> None:
        self._generation = generation
        self._body = body
        self._output = Output(vocabulary, with_logprobs=body.wants_logprobs)

    async def whole(self) -> Reply:
        """The finished response; raises RefusalError."""
        finish = "stop"
        async for piece in self._generation.pieces():
            for _ in self._output.add(piece):
                pass
            finish = piece.finish_reason or finish
        for _ in self._output.close(_status(finish)):
            pass
        return self._finished(_status(finish))

    async def frames(self) -> AsyncIterator[str]:
        """The typed events of a stream. What is wrong shows before the first one, or in an event of its own."""
        finish, begun = "stop", False
        try:
            async for piece in self._generation.pieces():
                if not begun:
                    begun = True
                    started = self._response("in_progress", [])
                    yield self._response_frame("created", started)
                    yield self._response_frame("in_progress", started)
                for event in self._output.add(piece):
                    yield _frame(event)
                finish = piece.finish_reason or finish
        except RefusalError as exc:
            if not begun:
                raise
            failed = self._response("failed", self._output.items, error=_error(exc))
            yield self._response_frame("failed", failed)
            return
        for event in self._output.close(_status(finish)):
            yield _frame(event)
        yield self._response_frame(_status(finish), self._finished(_status(finish)))

    def _response_frame(self, kind: ResponseStatus | Literal["created"], response: ResponseReply) -> str:
        number = next(self._output.numbers)
        return _frame(ResponseEvent(type=f"response.{kind}", sequence_number=number, response=response))

    def _finished(self, status: _Finished) -> ResponseReply:
        return self._response(
            status,
            self._output.items,
            completed_at=int(time.time()) if status == "completed" else None,
            usage=_usage(self._generation),
            guard=guard_report(self._generation),
            incomplete_details=IncompleteDetails(reason="max_output_tokens") if status == "incomplete" else None,
        )

    def _response(self, status: ResponseStatus, output: list[OutputItem], **changes: Any) -> ResponseReply:
        generation = self._generation
        fields: dict[str, Any] = {
            "id": generation.id,
            "object": "response",
            "created_at": generation.created,
            "completed_at": None,
            "status": status,
            "model": generation.plan.model,
            "output": output,
            "usage": None,
            "guard": None,
            "error": None,
            "incomplete_details": None,
            "temperature": generation.plan.params.temperature,
            "top_p": generation.plan.params.top_p,
            "truncation": "disabled",
            "background": False,
            "store": False,
            "service_tier": "default",
            "previous_response_id": None,
            "conversation": None,
            "prompt": None,
        }
        return ResponseReply(**fields | _as_asked(self._body) | changes)


def _as_asked(body: ResponsesRequest) -> dict[str, Any]:
    """The fields of a response that say again what was asked for."""
    form = None if body.text is None else body.text.format
    shown = {"type": "text"} if form is None else form.model_dump(by_alias=True, exclude_none=True)
    choice = body.tool_choice or "auto"
    reasoning = body.reasoning
    return {
        "instructions": body.instructions,
        "max_output_tokens": body.max_output_tokens,
        "max_tool_calls": body.max_tool_calls,
        "metadata": body.metadata or {},
        "parallel_tool_calls": body.parallel_tool_calls is not False,
        "top_logprobs": body.top_logprobs or 0,
        "text": TextReply(format=shown, verbosity=(body.text and body.text.verbosity) or "medium"),
        "reasoning": ReasoningReply(
            effort=reasoning.effort if reasoning else None, summary=reasoning.summary if reasoning else None
        ),
        "tool_choice": choice if isinstance(choice, str) else choice.model_dump(exclude_none=True),
        "tools": [tool.model_dump(exclude={"defer_loading"}) for tool in body.tools or ()],
        "prompt_cache_key": body.prompt_cache_key,
        "safety_identifier": body.safety_identifier,
        "user": body.user,
    }


def _status(finish: str) -> _Finished:
    return "incomplete" if finish == "length" else "completed"


def _frame(event: StreamEvent) -> str:
    return event_frame(event, event.type)


def _error(exc: RefusalError) -> ResponseError:
    if isinstance(exc, BusyError):
        return ResponseError(code="rate_limit_exceeded", message=exc.message)
    code: Literal["server_error", "invalid_prompt"] = (
        "invalid_prompt" if isinstance(exc, InvalidRequestError) else "server_error"
    )
    return ResponseError(code=code, message=exc.message)


def _usage(generation: Generation) -> ResponseUsage:
    counted = usage(generation)
    return ResponseUsage(
        input_tokens=counted.prompt_tokens,
        input_tokens_details=InputTokensDetails(cached_tokens=0, cache_write_tokens=0),
        output_tokens=counted.completion_tokens,
        output_tokens_details=OutputTokensDetails(reasoning_tokens=generation.reasoning_tokens),
        total_tokens=counted.total_tokens,
    )
