"""`/v1/responses`: a generation as OpenAI's response object and its typed events."""

import json
from collections.abc import AsyncIterator
from typing import Any

from server.generation.service import Generation
from server.http.completions import guard_report, usage
from server.http.errors import ApiError
from server.planning.schemas import ResponsesRequest

__all__ = ["ResponseRendering"]


class ResponseRendering:
    """One request's answer in the shape of this endpoint."""

    def __init__(self, generation: Generation, body: ResponsesRequest) -> None:
        self._generation = generation
        self._body = body
        self._item_id = f"msg-{generation.id.removeprefix('resp-')}"
        self._sequence = 0

    async def whole(self) -> dict[str, Any]:
        """The finished response; raises ApiError."""
        text, finish = "", "stop"
        async for piece in self._generation.pieces():
            text += piece.text
            finish = piece.finish_reason or finish
        return self._response("completed" if finish == "stop" else "incomplete", text)

    async def frames(self) -> AsyncIterator[str]:
        """The typed events of a stream. What is wrong shows before the first one, or in an event of its own."""
        text, finish, begun = "", "stop", False
        try:
            async for piece in self._generation.pieces():
                if not begun:
                    begun = True
                    for frame in self._opening():
                        yield frame
                if piece.text:
                    text += piece.text
                    yield self._event("response.output_text.delta", self._at() | {"delta": piece.text, "logprobs": []})
                finish = piece.finish_reason or finish
        except ApiError as exc:
            if not begun:
                raise
            error = {"code": exc.code or "server_error", "message": exc.message}
            failed = self._response("failed", text) | {"error": error}
            yield self._event("response.failed", {"response": failed})
            return
        for frame in self._closing(text, finish):
            yield frame

    def _opening(self) -> list[str]:
        started = self._response("in_progress", None)
        return [
            self._event("response.created", {"response": started}),
            self._event("response.in_progress", {"response": started}),
            self._event("response.output_item.added", {"output_index": 0, "item": self._item("in_progress", None)}),
            self._event("response.content_part.added", self._at() | {"part": _part("")}),
        ]

    def _closing(self, text: str, finish: str) -> list[str]:
        status = "completed" if finish == "stop" else "incomplete"
        return [
            self._event("response.output_text.done", self._at() | {"text": text, "logprobs": []}),
            self._event("response.content_part.done", self._at() | {"part": _part(text)}),
            self._event("response.output_item.done", {"output_index": 0, "item": self._item(status, text)}),
            self._event(f"response.{status}", {"response": self._response(status, text)}),
        ]

    def _event(self, kind: str, data: dict[str, Any]) -> str:
        body = {"type": kind, "sequence_number": self._sequence, **data}
        self._sequence += 1
        return f"event: {kind}\ndata: {json.dumps(body, ensure_ascii=False)}\n\n"

    def _at(self) -> dict[str, Any]:
        return {"item_id": self._item_id, "output_index": 0, "content_index": 0}

    def _item(self, status: str, text: str | None) -> dict[str, Any]:
        content = [] if text is None else [_part(text)]
        return {"id": self._item_id, "type": "message", "role": "assistant", "status": status, "content": content}

    def _response(self, status: str, text: str | None) -> dict[str, Any]:
        generation, body = self._generation, self._body
        over = status in ("completed", "incomplete")
        form = None if body.text is None else body.text.format
        shown = {"type": "text"} if form is None else form.model_dump(by_alias=True, exclude_none=True)
        return {
            "id": generation.id,
            "object": "response",
            "created_at": generation.created,
            "status": status,
            "model": body.model,
            "output": []
            if text is None
            else [self._item("completed" if status == "completed" else "incomplete", text)],
            "usage": _usage(generation) if over else None,
            "guard": guard_report(generation) if over else None,
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
            "instructions": body.instructions,
            "max_output_tokens": body.max_output_tokens,
            "metadata": body.metadata or {},
            "parallel_tool_calls": False,
            "previous_response_id": None,
            "store": False,
            "temperature": generation.plan.params.temperature,
            "text": {"format": shown},
            "tool_choice": "none",
            "tools": [],
            "top_p": generation.plan.params.top_p,
            "truncation": "disabled",
            "user": body.user,
        }


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _usage(generation: Generation) -> dict[str, Any]:
    counted = usage(generation)
    return {
        "input_tokens": counted["prompt_tokens"],
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": counted["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": counted["total_tokens"],
    }
