"""`/v1/chat/completions`, `/v1/completions` and `/v1/responses`."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from server.engines.engine import Engine
from server.generation.generation import Generation
from server.generation.plan import Endpoint, Plan
from server.generation.service import GenerationService
from server.http.completions import ChatRendering, CompletionRendering
from server.http.errors import ApiError
from server.http.keyed import KEY_SCHEMES
from server.http.replies import ChatReply, CompletionReply
from server.http.response_replies import ResponseReply
from server.http.responses import ResponseRendering
from server.http.status_replies import refusals
from server.http.streams import EventStream, unless_gone
from server.http.wire import Reply, json_response
from server.operations import tracing
from server.operations.tracing import Tracing
from server.planning.planner import Planner
from server.planning.pool import PlanningPool
from server.planning.schemas import ChatRequest, CompletionRequest, GenerationRequest, ResponsesRequest, StreamOptions
from tlpo_guard.keys import Key

__all__ = ["Answering", "Streamed", "Wanted", "generation_router"]

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "The answer, or its stream."}
}
_REFUSALS = refusals(400, 401, 403, 404, 409, 413, 429, 500, 503)


class Streamed(Protocol):
    """A generation as server-sent events; what is wrong before the first one is raised."""

    def frames(self) -> AsyncIterator[str]: ...


class _Rendering(Streamed, Protocol):
    async def whole(self) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for, before it is worked out.

    Attributes:
        choices: answers to it.
    """

    key: Key
    choices: int
    plan: Callable[[], Plan]


@dataclass(frozen=True, slots=True)
class Answering:
    """What answering a request takes.

    Attributes:
        planning: runs the planner.
    """

    engine: Engine
    planner: Planner
    planning: PlanningPool
    service: GenerationService
    traces: Tracing

    async def answer(
        self, request: Request, stream: bool, wanted: Wanted, render: Callable[[Generation], _Rendering]
    ) -> Response:
        """The whole answer, or its stream, which begins once nothing can be refused any more."""
        if not stream:
            return await unless_gone(request, self._whole(request, wanted, render))
        return await self.stream(request, wanted, render)

    async def stream(self, request: Request, wanted: Wanted, render: Callable[[Generation], Streamed]) -> Response:
        """The stream, which begins once nothing can be refused any more."""
        frames = self._frames(request, wanted, render)
        try:
            first = await unless_gone(request, anext(frames))
        except BaseException:
            await frames.aclose()
            raise
        if isinstance(first, Response):
            await frames.aclose()
            return first
        return EventStream(first, frames)

    async def _whole(self, request: Request, wanted: Wanted, render: Callable[[Generation], _Rendering]) -> Response:
        with self.traces.request(request.headers, request.url.path) as span:
            async with self._generation(wanted) as generation:
                reply = await render(generation).whole()
                self._trace(span, generation)
        return json_response(reply)

    async def _frames(
        self, request: Request, wanted: Wanted, render: Callable[[Generation], Streamed]
    ) -> AsyncGenerator[str]:
        with self.traces.request(request.headers, request.url.path) as span:
            async with self._generation(wanted) as generation:
                async for frame in render(generation).frames():
                    yield frame
                self._trace(span, generation)

    @asynccontextmanager
    async def _generation(self, wanted: Wanted) -> AsyncIterator[Generation]:
        with self.service.place(wanted.key.name, wanted.choices) as place:
            plan = await self.planning.run(wanted.key.name, wanted.plan)
            async with self.service.generation(plan, place) as generation:
                yield generation

    def _trace(self, span: tracing.Span, generation: Generation) -> None:
        plan = generation.plan
        span.set(tracing.OPERATION, "text_completion" if plan.endpoint is Endpoint.COMPLETIONS else "chat")
        span.set(tracing.REQUEST_MODEL, plan.model)
        span.set(tracing.RESPONSE_MODEL, self.engine.card.name)
        span.set(tracing.RESPONSE_ID, generation.id)
        span.set(tracing.INPUT_TOKENS, generation.prompt_tokens)
        span.set(tracing.OUTPUT_TOKENS, generation.completion_tokens)
        span.set(tracing.FINISH_REASONS, [answer.finish_reason for answer in generation.answers])
        span.set(tracing.LANGUAGE, ",".join(plan.prompts[0].intent.languages))
        span.set(tracing.ADAPTER, generation.version)
        span.set(tracing.EVENTS, generation.events)
        span.set(tracing.REWINDS, generation.rewinds)


def generation_router(answering: Answering, authenticate: Callable[..., Any], route_class: type[APIRoute]) -> APIRouter:
    """Chat, legacy completions and responses.

    Args:
        authenticate: gives the request's key.
        route_class: looks at the key, and decides what becomes of fields that are not supported.
    """
    router = APIRouter(prefix="/v1", responses=_STREAM | _REFUSALS, route_class=route_class, dependencies=KEY_SCHEMES)
    has_key = Depends(authenticate)
    planner, vocabulary = answering.planner, answering.engine.vocabulary

    @router.post("/chat/completions", response_model=ChatReply)
    async def chat(body: ChatRequest, request: Request, key: Annotated[Key, has_key]) -> Any:
        """Answer a conversation."""
        return await answering.answer(
            request,
            bool(body.stream),
            Wanted(key, planner.choices(body), lambda: planner.chat(body, key)),
            lambda generation: ChatRendering(generation, vocabulary, **_usages(body)),
        )

    @router.post("/completions", response_model=CompletionReply)
    async def completions(body: CompletionRequest, request: Request, key: Annotated[Key, has_key]) -> Any:
        """Go on with a text."""
        return await answering.answer(
            request,
            bool(body.stream),
            Wanted(key, planner.choices(body), lambda: planner.completions(body, key)),
            lambda generation: CompletionRendering(generation, vocabulary, **_usages(body)),
        )

    @router.post("/responses", response_model=ResponseReply)
    async def responses(body: ResponsesRequest, request: Request, key: Annotated[Key, has_key]) -> Any:
        """Answer with text or calls of functions. Nothing is stored."""
        return await answering.answer(
            request,
            bool(body.stream),
            Wanted(key, 1, lambda: planner.responses(body, key)),
            lambda generation: ResponseRendering(generation, body, vocabulary),
        )

    @router.api_route("/responses/{response_id}", methods=["GET", "DELETE"], include_in_schema=False)
    @router.post("/responses/{response_id}/cancel", include_in_schema=False)
    @router.get("/responses/{response_id}/input_items", include_in_schema=False)
    async def earlier(response_id: str, key: Annotated[Key, has_key]) -> None:
        """Nothing: no response is kept."""
        raise ApiError(404, "responses are not stored by this server", param="response_id", code="not_stored")

    return router


def _usages(body: GenerationRequest) -> dict[str, bool]:
    """Which chunks of a stream have a usage."""
    options = body.stream_options or StreamOptions()
    return {"with_usage": bool(options.include_usage), "counted": bool(options.continuous_usage_stats)}
