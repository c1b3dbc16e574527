"""The FastAPI application: everything put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from fastapi.middleware.cors import CORSMiddleware

from server.adapters.gate import VersionGate
from server.adapters.loading import AdapterFollower, AdapterLoader
from server.engines.transformers import TransformersEngine
from server.generation.admission import Admission
from server.generation.answer import Limits
from server.generation.service import GenerationService
from server.http.admin import admin_router
from server.http.api import generation_router, model_router, status_router
from server.http.errors import install_error_handlers
from server.http.middleware import BodyLimit, RequestContext, SendTimeout
from server.keys.ring import Key, KeyRing
from server.operations import logs, tracing
from server.operations.background import background
from server.operations.metrics import Metrics, Sources
from server.operations.retention import keep_retention
from server.planning.plan import Planner
from tlpo_guard.events.store import EventStore
from tlpo_guard.events.writer import EventWriter
from tlpo_guard.guard.build import build_guard
from tlpo_guard.intent import Message, expected_language
from tlpo_guard.models.load import load_model
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.registry import AdapterRegistry
from tlpo_guard.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings) -> FastAPI:
    """The whole server. Loads the model and opens the store at once, so that what is wrong shows before the port opens.

    `app.state.service` is its generation service, which whoever runs the app tells to drain before it stops.

    Raises:
        TlpoGuardError: keys, a model, store or registry that cannot be used.
    """
    logs.configure(settings.log_format, settings.log_level)
    keys = KeyRing.load(settings)
    traces = tracing.configure(settings.traces_endpoint, version("tlpo-guard"))
    cache = settings.data_dir / "cache"
    loaded = load_model(settings.model, cache_dir=cache)
    guard = build_guard(loaded.tokenizer, int(loaded.model.config.vocab_size), cache)
    engine = TransformersEngine(
        loaded,
        guard,
        kv_cache_tokens=settings.kv_cache_tokens,
        max_requests=settings.max_concurrent,
        prefix_caching=settings.prefix_caching,
    )
    registry = AdapterRegistry(settings.registry or settings.data_dir / "adapters")
    loader = AdapterLoader(registry, engine, cache / "adapters")
    gate = VersionGate(loader.load)
    follower = AdapterFollower(registry, gate, loader.fetch)
    store = EventStore(settings.data_dir / "events.sqlite3")
    writer = EventWriter(store, log_context=settings.log_context)
    policy = _policy(settings)
    service = GenerationService(
        engine,
        gate,
        Admission(settings.max_concurrent, settings.max_queue),
        writer,
        limits=Limits(settings.max_rewinds, settings.max_held_tokens),
        deadline_seconds=settings.deadline_seconds,
        tracing=traces,
    )
    planner = Planner(
        engine,
        registry,
        policy=policy,
        default_max_tokens=settings.max_new_tokens,
        max_n=settings.max_n,
        max_choices=settings.max_concurrent,
    )
    metrics = service.metrics = Metrics(_sources(service))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        engine.start()
        try:
            await asyncio.to_thread(_load_language_tables)
            await follower.check()
            async with AsyncExitStack() as tasks:
                await tasks.enter_async_context(background(engine.keep_running()))
                await tasks.enter_async_context(background(follower.follow(settings.swap_poll_seconds)))
                if settings.retention_days:
                    await tasks.enter_async_context(background(keep_retention(store, settings.retention_days)))
                yield
        finally:
            await asyncio.to_thread(engine.stop)
            writer.close()
            store.close()
            traces.close()

    app = FastAPI(title="tlpo-guard", version=version("tlpo-guard"), lifespan=lifespan)
    app.state.service = service
    install_error_handlers(app)
    authenticate = _authenticator(keys)
    app.include_router(generation_router(service, planner, traces, authenticate))
    app.include_router(model_router(service, planner, registry, authenticate))
    app.include_router(status_router(service, metrics))
    app.include_router(
        admin_router(
            store,
            registry,
            swap_now=follower.check,
            flush=writer.flush,
            policy=lambda: _shown(policy, settings),
            guard=lambda: _guard_figures(service),
            authorize=_admin_authenticator(keys),
        )
    )
    _add_middleware(app, settings, metrics)
    return app


def _add_middleware(app: FastAPI, settings: Settings, metrics: Metrics) -> None:
    """The last one added is the outermost."""
    app.add_middleware(SendTimeout, seconds=settings.send_timeout_seconds)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
        )
    app.add_middleware(RequestContext, on_done=metrics.request)


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


def _shown(policy: GuardPolicy, settings: Settings) -> dict[str, Any]:
    bounds = {"max_rewinds": settings.max_rewinds, "max_held_tokens": settings.max_held_tokens}
    return asdict(policy) | bounds | {"log_context": settings.log_context, "retention_days": settings.retention_days}


def _guard_figures(service: GenerationService) -> dict[str, Any]:
    counters = service.writer.counters
    return {
        "adapter": service.gate.version,
        "faults": service.engine.sampler.faults,
        "events": asdict(counters),
        "commit_failures": service.commit_failures,
        "detector": service.engine.sampler.guard.detector.version,
    }


def _sources(service: GenerationService) -> Sources:
    counters = service.writer.counters
    return Sources(
        running=lambda: service.admission.running,
        waiting=lambda: service.admission.waiting,
        engine_up=lambda: service.engine.running,
        engine_restarts=lambda: service.engine.restarts,
        guard_faults=lambda: service.engine.sampler.faults,
        events_written=lambda: counters.written,
        events_dropped=lambda: counters.dropped,
        events_failed=lambda: counters.failed,
        events_pending=lambda: counters.pending,
        commit_failures=lambda: service.commit_failures,
        swap_failures=lambda: service.gate.failures,
        adapter=lambda: service.gate.version,
    )


def _authenticator(keys: KeyRing) -> Any:
    async def authenticate(request: Request, authorization: Annotated[str | None, Header()] = None) -> Key:
        key = keys.authenticate(authorization)
        request.state.key_name = key.name
        return key

    return authenticate


def _admin_authenticator(keys: KeyRing) -> Any:
    async def authorize(authorization: Annotated[str | None, Header()] = None) -> None:
        keys.authorize_admin(authorization)

    return authorize
