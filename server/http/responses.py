"""`/v1/responses`: a generation as OpenAI's response object and its typed events."""

from collections.abc import AsyncIterator
from typing import Any, Literal

from server.errors import RefusalError
from server.generation.generation import Generation
from server.http.completions import guard_report, usage
from server.http.response_replies import (
    IncompleteDetails,
    InputTokensDetails,
    ItemEvent,
    OutputItem,
    OutputText,
    OutputTokensDetails,
    PartEvent,
    ResponseError,
    ResponseEvent,
    ResponseReply,
    ResponseUsage,
    StreamEvent,
    TextDeltaEvent,
    TextDoneEvent,
    TextFormatReply,
)
from server.http.wire import Reply, event_frame
from server.planning.schemas import ResponsesRequest

__all__ = ["ResponseRendering"]

_Finished = Literal["completed", "incomplete"]


class ResponseRendering:
    """One request's answer in the shape of this endpoint."""

    def __init__(self, generation: Generation, body: ResponsesRequest) -> None:
        self._generation = generation
        self._body = body
        self._item_id = f"msg-{generation.id.removeprefix('resp-')}"
        self._sequence = 0

    async def whole(self) -> Reply:
        """The finished response; raises RefusalError."""
        texts, finish = [], "stop"
        async for piece in self._generation.pieces():
            texts.append(piece.text)
            finish = piece.finish_reason or finish
        return self._finished(_status(finish), "".join(texts))

    async def frames(self) -> AsyncIterator[str]:
        """The typed events of a stream. What is wrong shows before the first one, or in an event of its own."""
        texts: list[str] = []
        finish, begun = "stop", False
        try:
            async for piece in self._generation.pieces():
                if not begun:
                    begun = True
                    for frame in self._opening():
                        yield frame
                if piece.text:
                    texts.append(piece.text)
                    yield self._delta(piece.text)
                finish = piece.finish_reason or finish
        except RefusalError as exc:
            if not begun:
                raise
            yield self._failed("".join(texts), exc)
            return
        for frame in self._closing("".join(texts), _status(finish)):
            yield frame

    def _opening(self) -> list[str]:
        started = self._response("in_progress", [])
        item = self._item("in_progress", [])
        return [
            self._response_event("response.created", started),
            self._response_event("response.in_progress", started),
            self._event(ItemEvent, "response.output_item.added", output_index=0, item=item),
            self._event(PartEvent, "response.content_part.added", part=_part(""), **self._place()),
        ]

    def _delta(self, text: str) -> str:
        return self._event(TextDeltaEvent, "response.output_text.delta", delta=text, logprobs=[], **self._place())

    def _closing(self, text: str, status: _Finished) -> list[str]:
        part, item = _part(text), self._item(status, [_part(text)])
        return [
            self._event(TextDoneEvent, "response.output_text.done", text=text, logprobs=[], **self._place()),
            self._event(PartEvent, "response.content_part.done", part=part, **self._place()),
            self._event(ItemEvent, "response.output_item.done", output_index=0, item=item),
            self._response_event(f"response.{status}", self._finished(status, text)),
        ]

    def _failed(self, text: str, exc: RefusalError) -> str:
        error = ResponseError(code=exc.code or "server_error", message=exc.message)
        failed = self._response("failed", [self._item("incomplete", [_part(text)])], error=error)
        return self._response_event("response.failed", failed)

    def _response_event(self, kind: str, response: ResponseReply) -> str:
        return self._event(ResponseEvent, kind, response=response)

    def _event(self, model: type[StreamEvent], kind: str, **fields: Any) -> str:
        event = model(type=kind, sequence_number=self._sequence, **fields)
        self._sequence += 1
        return event_frame(event, kind)

    def _place(self) -> dict[str, Any]:
        return {"item_id": self._item_id, "output_index": 0, "content_index": 0}

    def _item(self, status: Literal["in_progress", "completed", "incomplete"], content: list[OutputText]) -> OutputItem:
        return OutputItem(id=self._item_id, type="message", role="assistant", status=status, content=content)

    def _finished(self, status: _Finished, text: str) -> ResponseReply:
        return self._response(
            status,
            [self._item(status, [_part(text)])],
            usage=_usage(self._generation),
            guard=guard_report(self._generation),
            incomplete_details=IncompleteDetails(reason="max_output_tokens") if status == "incomplete" else None,
        )

    def _response(self, status: str, output: list[OutputItem], **changes: Any) -> ResponseReply:
        generation, body = self._generation, self._body
        form = None if body.text is None else body.text.format
        shown = {"type": "text"} if form is None else form.model_dump(by_alias=True, exclude_none=True)
        fields: dict[str, Any] = {
            "id": generation.id,
            "object": "response",
            "created_at": generation.created,
            "status": status,
            "model": body.model,
            "output": output,
            "usage": None,
            "guard": None,
            "error": None,
            "incomplete_details": None,
            "instructions": body.instructions,
            "max_output_tokens": body.max_output_tokens,
            "metadata": body.metadata or {},
            "parallel_tool_calls": False,
            "previous_response_id": None,
            "store": False,
            "temperature": generation.plan.params.temperature,
            "text": TextFormatReply(format=shown),
            "tool_choice": "none",
            "tools": [],
            "top_p": generation.plan.params.top_p,
            "truncation": "disabled",
            "user": body.user,
        }
        return ResponseReply(**fields | changes)


def _status(finish: str) -> _Finished:
    return "completed" if finish == "stop" else "incomplete"


def _part(text: str) -> OutputText:
    return OutputText(type="output_text", text=text, annotations=[], logprobs=[])


def _usage(generation: Generation) -> ResponseUsage:
    counted = usage(generation)
    return ResponseUsage(
        input_tokens=counted.prompt_tokens,
        input_tokens_details=InputTokensDetails(cached_tokens=0),
        output_tokens=counted.completion_tokens,
        output_tokens_details=OutputTokensDetails(reasoning_tokens=0),
        total_tokens=counted.total_tokens,
    )
