"""The FastAPI application: OpenAI's endpoints over the generation service."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header
from fastapi.responses import JSONResponse, StreamingResponse

from server.adapters import AdapterSwapper, VersionGate, following
from server.engine import TransformersEngine
from server.errors import ApiError, install_error_handlers
from server.schemas import ChatRequest, CompletionRequest
from server.service import Generation, GenerationService
from tlpo_guard.events.store import EventStore
from tlpo_guard.events.writer import EventWriter
from tlpo_guard.integrations.transformers import build_guard
from tlpo_guard.intent import Message, expected_language
from tlpo_guard.models import load_model
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.registry import AdapterRegistry
from tlpo_guard.settings import Settings

__all__ = ["create_app"]

Body = ChatRequest | CompletionRequest


def create_app(settings: Settings) -> FastAPI:
    """The whole server. Loads the model and opens the store at once, so that what is wrong shows before the port opens.

    Raises:
        TlpoGuardError: a model, store or registry that cannot be used.
    """
    cache = settings.data_dir / "cache"
    loaded = load_model(settings.model, cache_dir=cache)
    guard = build_guard(loaded.tokenizer, int(loaded.model.config.vocab_size), cache)
    engine = TransformersEngine(
        loaded, guard, kv_cache_tokens=settings.kv_cache_tokens, max_requests=settings.max_concurrent
    )
    gate = VersionGate()
    store = EventStore(settings.data_dir / "events.sqlite3")
    writer = EventWriter(store, log_context=settings.log_context)
    swapper = AdapterSwapper(AdapterRegistry(settings.data_dir / "adapters"), engine, gate)
    service = GenerationService(
        engine, gate, writer, policy=_policy(settings), default_max_tokens=settings.max_new_tokens
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        engine.start()
        try:
            await asyncio.to_thread(_load_language_tables)
            async with following(swapper, settings.swap_poll_seconds):
                yield
        finally:
            engine.stop()
            writer.close()
            store.close()

    app = FastAPI(title="tlpo-guard", version="0.1.0", lifespan=lifespan)
    install_error_handlers(app)
    _add_routes(app, service, swapper, _authorizer(settings))
    return app


def _load_language_tables() -> None:
    """Before the first request, which would wait for them."""
    expected_language((), (), [Message("user", "Which tables does this sentence need?")])


def _policy(settings: Settings) -> GuardPolicy:
    return GuardPolicy(
        mode=Mode(settings.guard_mode),
        languages=settings.languages,
        allow_english=settings.allow_english,
        allow_hanja=settings.allow_hanja,
        event_mass=settings.event_mass,
    )


def _authorizer(settings: Settings) -> Callable[[str | None], None]:
    expected = settings.api_key.get_secret_value() if settings.api_key else None

    def authorize(authorization: Annotated[str | None, Header()] = None) -> None:
        given = (authorization or "").removeprefix("Bearer ")
        if expected is not None and not secrets.compare_digest(given.encode(), expected.encode()):
            raise ApiError(401, "wrong or missing API key", param="authorization", code="invalid_api_key")

    return authorize


def _add_routes(
    app: FastAPI, service: GenerationService, swapper: AdapterSwapper, authorize: Callable[[str | None], None]
) -> None:
    guarded = [Depends(authorize)]

    @app.get("/health")
    async def health() -> JSONResponse:
        running = service.engine.running
        counters = service.writer.counters
        body = {
            "status": "ok" if running else "engine stopped",
            "model": service.model_name,
            "adapter": service.gate.version,
            "guard_faults": service.engine.sampler.faults,
            "events_written": counters.written,
            "events_dropped": counters.dropped,
            "events_failed": counters.failed,
            "events_pending": counters.pending,
            "commit_failures": service.commit_failures,
            "swap_failures": swapper.failures,
        }
        return JSONResponse(body, status_code=200 if running else 503)

    @app.get("/v1/models", dependencies=guarded)
    async def models() -> dict[str, Any]:
        card = {"id": service.model_name, "object": "model", "created": 0, "owned_by": "tlpo-guard"}
        return {"object": "list", "data": [card]}

    @app.post("/v1/chat/completions", dependencies=guarded, response_model=None)
    async def chat(body: ChatRequest) -> StreamingResponse | dict[str, Any]:
        return await _answer(service, body)

    @app.post("/v1/completions", dependencies=guarded, response_model=None)
    async def completions(body: CompletionRequest) -> StreamingResponse | dict[str, Any]:
        return await _answer(service, body)


async def _answer(service: GenerationService, body: Body) -> StreamingResponse | dict[str, Any]:
    if not body.stream:
        async with service.generation(body) as generation:
            text = "".join([piece.text async for piece in service.pieces(generation)])
            return _whole(service, body, generation, text)
    frames = _frames(service, body)
    first = await anext(frames)  # what is wrong with the request shows before the status line goes out
    return StreamingResponse(_joined(first, frames), media_type="text/event-stream")


async def _joined(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for frame in rest:
        yield frame


async def _frames(service: GenerationService, body: Body) -> AsyncIterator[str]:
    """Server-sent events of one streamed answer."""
    async with service.generation(body) as generation:
        chat = isinstance(body, ChatRequest)
        if chat:
            yield _frame(_chunk(service, body, generation, {"role": "assistant", "content": ""}, None))
        try:
            async for piece in service.pieces(generation):
                delta = {"content": piece.text} if chat else piece.text
                yield _frame(_chunk(service, body, generation, delta, None))
        except ApiError as exc:
            yield _frame({"error": {"message": exc.message, "type": "server_error", "param": None, "code": exc.code}})
            return
        last = _chunk(service, body, generation, {} if chat else "", generation.finish_reason)
        yield _frame(last | {"guard": _guard(generation)})
        if body.stream_options and body.stream_options.include_usage:
            yield _frame(last | {"choices": [], "usage": _usage(generation), "guard": _guard(generation)})
        yield "data: [DONE]\n\n"


def _frame(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def _head(service: GenerationService, generation: Generation, kind: str) -> dict[str, Any]:
    return {
        "id": generation.request_id,
        "object": kind,
        "created": generation.created,
        "model": service.model_name,
        "system_fingerprint": service.fingerprint(generation.version),
    }


def _chunk(
    service: GenerationService, body: Body, generation: Generation, delta: Any, finish: str | None
) -> dict[str, Any]:
    chat = isinstance(body, ChatRequest)
    head = _head(service, generation, "chat.completion.chunk" if chat else "text_completion")
    choice = {"index": 0, "delta" if chat else "text": delta, "logprobs": None, "finish_reason": finish}
    return head | {"choices": [choice]}


def _whole(service: GenerationService, body: Body, generation: Generation, text: str) -> dict[str, Any]:
    chat = isinstance(body, ChatRequest)
    head = _head(service, generation, "chat.completion" if chat else "text_completion")
    content: dict[str, Any] = {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
    choice = {"index": 0, **content, "logprobs": None, "finish_reason": generation.finish_reason}
    return head | {"choices": [choice], "usage": _usage(generation), "guard": _guard(generation)}


def _usage(generation: Generation) -> dict[str, int]:
    prompt, completion = len(generation.prompt_ids), generation.completion_tokens
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _guard(generation: Generation) -> dict[str, Any]:
    intent = generation.intent
    return {
        "language": ",".join(intent.languages) or None,
        "decided_by": intent.decided_by,
        "events": generation.events,
    }
