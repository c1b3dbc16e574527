"""OpenAI's endpoints, and those that the people who run a server ask."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version as installed
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse, Response

from server.generation.service import Generation, GenerationService
from server.http.completions import Rendering
from server.http.errors import ApiError
from server.http.replies import (
    ChatReply,
    CompletionReply,
    HealthReply,
    ModelCard,
    ModelList,
    ReadyReply,
    ResponseReply,
    TokenizeReply,
    VersionReply,
    refusals,
)
from server.http.responses import ResponseRendering
from server.http.streams import EventStream, unless_gone
from server.keys.ring import Key
from server.operations import tracing
from server.operations.metrics import Metrics
from server.operations.tracing import Tracing
from server.planning.plan import Plan, Planner
from server.planning.schemas import ChatRequest, CompletionRequest, ResponsesRequest, TokenizeRequest
from tlpo_guard.registry import BASE, AdapterRegistry

__all__ = ["generation_router", "model_router", "status_router"]

Authenticate = Callable[..., Key]
# One thread: long prompts must not hold up the event loop, and tokenizers do not like company.
_PLANNING = ThreadPoolExecutor(1, thread_name_prefix="planning")
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "The answer, or its stream."}
}
_REFUSALS = refusals(400, 401, 404, 409, 413, 429, 500, 503)


def generation_router(
    service: GenerationService, planner: Planner, traces: Tracing, authenticate: Authenticate
) -> APIRouter:
    """Chat, legacy completions and responses."""
    router = APIRouter(prefix="/v1", responses=_STREAM | _REFUSALS)
    has_key = Depends(authenticate)

    async def answered(
        request: Request, stream: bool, make: Callable[[], Plan], render: Callable[[Generation], Any]
    ) -> Any:
        async def frames() -> AsyncGenerator[Any]:
            """One whole reply, or the frames of a stream."""
            with traces.request(request.headers, request.url.path) as span:
                plan = await asyncio.get_running_loop().run_in_executor(_PLANNING, make)
                async with service.generation(plan) as generation:
                    if stream:
                        async for frame in render(generation).frames():
                            yield frame
                    else:
                        yield await render(generation).whole()
                    _trace(span, service, generation)

        answer = frames()
        try:
            first = await unless_gone(request, anext(answer))
        except BaseException:
            await answer.aclose()
            raise
        if stream and not isinstance(first, Response):
            return EventStream(first, answer)
        await answer.aclose()
        return first if isinstance(first, Response) else JSONResponse(first)

    @router.post("/chat/completions", response_model=ChatReply)
    async def chat(body: ChatRequest, request: Request, key: Annotated[Key, has_key]) -> Any:
        """Answer a conversation."""
        with_usage = bool(body.stream_options and body.stream_options.include_usage)
        return await answered(
            request,
            bool(body.stream),
            lambda: planner.chat(body, key),
            lambda generation: Rendering(service, generation, chat=True, with_usage=with_usage),
        )

    @router.post("/completions", response_model=CompletionReply)
    async def completions(body: CompletionRequest, request: Request, key: Annotated[Key, has_key]) -> Any:
        """Go on with a text."""
        with_usage = bool(body.stream_options and body.stream_options.include_usage)
        return await answered(
            request,
            bool(body.stream),
            lambda: planner.completions(body, key),
            lambda generation: Rendering(service, generation, chat=False, with_usage=with_usage),
        )

    @router.post("/responses", response_model=ResponseReply)
    async def responses(body: ResponsesRequest, request: Request, key: Annotated[Key, has_key]) -> Any:
        """Answer, text in and text out."""
        return await answered(
            request,
            bool(body.stream),
            lambda: planner.responses(body, key),
            lambda generation: ResponseRendering(generation, body),
        )

    return router


def _trace(span: tracing.Span, service: GenerationService, generation: Generation) -> None:
    plan = generation.plan
    span.set(tracing.OPERATION, "text_completion" if plan.endpoint == "completions" else "chat")
    span.set(tracing.REQUEST_MODEL, plan.model)
    span.set(tracing.RESPONSE_MODEL, service.model_name)
    span.set(tracing.RESPONSE_ID, generation.id)
    span.set(tracing.INPUT_TOKENS, generation.prompt_tokens)
    span.set(tracing.OUTPUT_TOKENS, generation.completion_tokens)
    span.set(tracing.FINISH_REASONS, [answer.finish_reason for answer in generation.answers])
    span.set(tracing.LANGUAGE, ",".join(plan.prompts[0].intent.languages))
    span.set(tracing.ADAPTER, generation.version)
    span.set(tracing.EVENTS, generation.events)
    span.set(tracing.REWINDS, generation.rewinds)


def model_router(
    service: GenerationService, planner: Planner, registry: AdapterRegistry, authenticate: Authenticate
) -> APIRouter:
    """The models and their tokens."""
    router = APIRouter(dependencies=[Depends(authenticate)], responses=refusals(401))

    @router.get("/v1/models", response_model=ModelList)
    def models() -> Any:
        """The model, and each of its adapter versions that can be pinned."""
        return {"object": "list", "data": _cards(service, registry)}

    @router.get("/v1/models/{model:path}", response_model=ModelCard, responses=refusals(404))
    def model(model: str) -> Any:
        """One of them."""
        for card in _cards(service, registry):
            if card["id"] == model:
                return card
        raise ApiError(404, f"model {model[:80]!r} is not served here", param="model", code="model_not_found")

    @router.post("/tokenize", response_model=TokenizeReply, responses=refusals(400, 404, 413))
    async def tokenize(body: TokenizeRequest) -> Any:
        """A text, or a conversation, as the model sees it."""
        return await asyncio.get_running_loop().run_in_executor(_PLANNING, lambda: _tokenized(service, planner, body))

    return router


def _cards(service: GenerationService, registry: AdapterRegistry) -> list[dict[str, Any]]:
    name, current = service.model_name, service.gate.current
    versions = [BASE, *(version.name for version in registry.list() if not version.damage)]
    cards = [(name, current)] + [(f"{name}@{version}", version) for version in versions]
    return [
        {
            "id": card,
            "object": "model",
            "created": 0,
            "owned_by": "tlpo-guard",
            "root": name,
            "version": version,
            "current": version == current,
        }
        for card, version in cards
    ]


def _tokenized(service: GenerationService, planner: Planner, body: TokenizeRequest) -> dict[str, Any]:
    if body.model is not None:
        planner.check_model(body.model)
    if body.messages is not None:
        ids = planner.chat_ids(body.messages, open_answer=body.add_generation_prompt)
    else:
        tokenizer = service.engine.loaded.tokenizer
        ids = list(tokenizer(body.prompt, add_special_tokens=body.add_special_tokens)["input_ids"])
    return {"tokens": ids, "count": len(ids), "max_model_len": service.engine.context_length}


def status_router(service: GenerationService, metrics: Metrics) -> APIRouter:
    """What needs no key: nothing here tells of anybody's text."""
    router = APIRouter()

    @router.get("/health", response_model=HealthReply, responses={503: {"model": HealthReply}})
    async def health() -> JSONResponse:
        """How the server is; 503 where its engine has stopped."""
        running = service.engine.running
        counters = service.writer.counters
        body = {
            "status": "ok" if running else "engine stopped",
            "model": service.model_name,
            "adapter": service.gate.version,
            "running": service.admission.running,
            "waiting": service.admission.waiting,
            "engine_rows": service.engine.active_rows,
            "engine_restarts": service.engine.restarts,
            "guard_faults": service.engine.sampler.faults,
            "events_written": counters.written,
            "events_dropped": counters.dropped,
            "events_failed": counters.failed,
            "events_pending": counters.pending,
            "commit_failures": service.commit_failures,
            "swap_failures": service.gate.failures,
        }
        return JSONResponse(body, status_code=200 if running else 503)

    @router.get("/ready", response_model=ReadyReply, responses={503: {"model": ReadyReply}})
    async def ready() -> JSONResponse:
        """Whether requests should come here."""
        reason = "draining" if service.draining else None if service.engine.running else "engine stopped"
        return JSONResponse({"ready": reason is None, "reason": reason}, status_code=503 if reason else 200)

    @router.get("/version", response_model=VersionReply)
    async def version() -> Any:
        """What runs."""
        return {"version": installed("tlpo-guard")}

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def scrape(accept: Annotated[str | None, Header()] = None) -> Response:
        """Figures for Prometheus."""
        body, kind = metrics.exposition(accept)
        return Response(body, headers={"Content-Type": kind})

    return router
