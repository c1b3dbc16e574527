"""The FastAPI application: everything put together."""

import asyncio
import gc
import platform
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute

from server.adapters.following import AdapterFollower
from server.adapters.gate import VersionGate
from server.adapters.loading import AdapterLoader
from server.adapters.switching import VersionSwitch
from server.dashboard.parts import DashboardParts
from server.dashboard.router import dashboard_router
from server.engines.build import build_engine
from server.engines.engine import Engine
from server.generation.admission import Admission
from server.generation.pieces import Limits
from server.generation.preparation import Preparation
from server.generation.recording import EventRecorder
from server.generation.service import GenerationService
from server.http.admin import admin_router
from server.http.docs_routes import docs_router
from server.http.errors import install_error_handlers
from server.http.explain_routes import explain_router
from server.http.generation_routes import Answering, generation_router
from server.http.keyed import keyed
from server.http.middleware import add_middleware
from server.http.model_routes import model_router
from server.http.reading import read_in_turns, whose
from server.http.status_routes import status_router
from server.http.unknown_parameters import IgnoringRoute
from server.keys.ring import KeyRing
from server.operations import logs, tracing
from server.operations.background import background
from server.operations.deletion import Deletion
from server.operations.erasure import Erasure
from server.operations.metrics import Metrics
from server.operations.retention import keep_retention
from server.operations.tracing import Tracing
from server.operations.traffic import TrafficTally
from server.planning.planner import Planner
from server.planning.pool import PlanningPool
from server.planning.versions import NamedVersions
from server.status import ServerStatus
from tlpo_guard.events.copies import erase_everywhere
from tlpo_guard.events.opening import EventStore, open_store
from tlpo_guard.events.writer import EventWriter
from tlpo_guard.guard.detector import DETECTOR_VERSION
from tlpo_guard.guard_options import default_policy
from tlpo_guard.intent import Message, expected_language
from tlpo_guard.keys import given_key
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.registry import StoredRegistry, open_registry
from tlpo_guard.settings import Settings

__all__ = ["create_app"]


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the routes and the tasks beside them share."""

    settings: Settings
    policy: GuardPolicy
    keys: KeyRing
    traces: Tracing
    engine: Engine
    registry: StoredRegistry
    gate: VersionGate
    follower: AdapterFollower
    store: EventStore
    erasure: Erasure
    writer: EventWriter
    preparation: Preparation
    status: ServerStatus
    metrics: Metrics
    traffic: TrafficTally
    service: GenerationService
    planner: Planner
    planning: PlanningPool
    versions: NamedVersions


def create_app(settings: Settings) -> FastAPI:
    """The whole server. Loads the model and opens the store at once, so that what is wrong shows before the port opens.

    `app.state.service` is its generation service, which whoever runs the app tells to drain before it stops.

    Raises:
        TlpoGuardError: keys, a model, store or registry that cannot be used.
    """
    logs.configure(settings.log_format, settings.log_level)
    parts = _build(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        _build_routes(app)
        async with _running(parts):
            yield

    app = FastAPI(title="tlpo-guard", version=version("tlpo-guard"), lifespan=lifespan, openapi_url=None)
    app.state.service = parts.service
    install_error_handlers(app)
    _add_routes(app, parts)
    add_middleware(app, settings, parts.metrics)
    return app


def _build(settings: Settings) -> _Parts:
    keys = KeyRing.load(settings)
    traces = tracing.configure(settings.traces_endpoint, version("tlpo-guard"))
    engine = build_engine(settings)
    registry = open_registry(settings.registry or settings.data_dir / "adapters")
    loader = AdapterLoader(registry, engine, settings.data_dir / "cache" / "adapters")
    gate = VersionGate(loader.load)
    store = open_store(settings.store_location)
    writer = EventWriter(store, log_context=settings.log_context)
    recorder = EventRecorder(writer, engine.card)
    admission = Admission(settings.max_concurrent, settings.max_queue, _share(settings.max_concurrent, len(keys.keys)))
    status = ServerStatus(engine, gate, admission, recorder)
    configured = [*settings.languages, *(tag for key in keys.keys for tag in key.languages)]
    traffic = TrafficTally(store.traffic.add)
    metrics = Metrics(status.read, configured, traffic.count)
    preparation, policy = Preparation(engine), default_policy(settings)
    service = GenerationService(
        engine,
        gate,
        admission,
        recorder,
        preparation,
        metrics=metrics,
        tracing=traces,
        limits=Limits(settings.max_rewinds, settings.max_held_tokens),
        deadline_seconds=settings.deadline_seconds,
    )
    versions = NamedVersions(engine.card.name, registry)
    planner = Planner(
        engine,
        versions,
        policy=policy,
        default_max_tokens=settings.max_new_tokens,
        max_n=settings.max_n,
        max_choices=settings.max_concurrent,
    )
    return _Parts(
        settings=settings,
        policy=policy,
        keys=keys,
        traces=traces,
        engine=engine,
        registry=registry,
        gate=gate,
        follower=AdapterFollower(registry, gate, loader.fetch, server=_name(settings)),
        store=store,
        erasure=Erasure(partial(erase_everywhere, store, registry, settings.data_dir)),
        writer=writer,
        preparation=preparation,
        status=status,
        metrics=metrics,
        traffic=traffic,
        service=service,
        planner=planner,
        planning=PlanningPool(several=len(keys.keys) > 1),
        versions=versions,
    )


@asynccontextmanager
async def _running(parts: _Parts) -> AsyncIterator[None]:
    """The engine and the tasks beside the requests, for as long as the app runs."""
    settings = parts.settings
    parts.service.start()
    parts.engine.start()
    try:
        await asyncio.to_thread(_load_language_tables)
        await parts.preparation.prepare(_configured_policies(parts))
        await parts.follower.check()
        # What was imported and loaded stays; a full collection would look through all of it and stop every stream.
        gc.collect()
        gc.freeze()
        async with AsyncExitStack() as tasks:
            await tasks.enter_async_context(background(parts.engine.keep_running()))
            await tasks.enter_async_context(background(parts.follower.follow(settings.swap_poll_seconds)))
            await tasks.enter_async_context(background(parts.erasure.keep_trying()))
            await tasks.enter_async_context(background(parts.traffic.keep_writing()))
            if settings.retention_days:
                await tasks.enter_async_context(
                    background(keep_retention(parts.store, settings.retention_days, parts.erasure))
                )
            yield
    finally:
        gc.unfreeze()
        await asyncio.to_thread(parts.engine.stop)
        parts.preparation.close()
        parts.planning.close()
        parts.writer.close()
        parts.traffic.flush()
        parts.store.close()
        parts.traces.close()


def _load_language_tables() -> None:
    """Before the first request, which would wait for them."""
    expected_language((), (), [Message("user", "Which tables does this sentence need?")])


def _build_routes(app: FastAPI) -> None:
    """FastAPI makes a router's validators when a request first meets it, which costs tens of milliseconds; so one does now."""
    nowhere = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": [], "query_string": b""}
    for route in app.router.routes:
        route.matches(dict(nowhere))


def _configured_policies(parts: _Parts) -> list[GuardPolicy]:
    """Policies of requests that say nothing themselves, as far as their languages are known beforehand."""
    keys = [key.policy(parts.policy) for key in parts.keys.keys]
    return [policy for policy in (parts.policy, *keys) if policy.languages]


def _add_routes(app: FastAPI, parts: _Parts) -> None:
    settings, keys = parts.settings, parts.keys
    answering = Answering(parts.engine, parts.planner, parts.planning, parts.service, parts.traces)
    plain = IgnoringRoute if settings.unknown_parameters == "ignore" else APIRoute
    route_class = keyed(read_in_turns(plain, several=len(keys.keys) > 1), partial(_authenticate, keys))
    for_insiders = keyed(APIRoute, lambda request: keys.authenticate(given_key(request.headers)))
    app.include_router(generation_router(answering, whose, route_class))
    app.include_router(
        model_router(parts.engine, parts.gate, parts.versions, parts.planner, parts.planning, whose, route_class)
    )
    app.include_router(explain_router(parts.engine, parts.policy, parts.planning, whose, route_class))
    app.include_router(
        status_router(parts.status, parts.metrics, APIRoute if settings.public_metrics else for_insiders)
    )
    app.include_router(docs_router(app.title, APIRoute if settings.public_docs else for_insiders))
    app.include_router(
        admin_router(
            parts.store,
            parts.registry,
            swap_now=parts.follower.check,
            flush=parts.writer.flush,
            erase=parts.erasure.now,
            policy=lambda: _shown_policy(parts.policy, settings),
            guard=lambda: _guard_figures(parts.status),
            authorize=lambda request: keys.authorize_admin(given_key(request.headers)),
        )
    )

    app.include_router(dashboard_router(_dashboard_parts(parts, answering)))


def _dashboard_parts(parts: _Parts, answering: Answering) -> DashboardParts:
    return DashboardParts(
        keys=parts.keys,
        store=parts.store,
        registry=parts.registry,
        engine=parts.engine,
        gate=parts.gate,
        status=parts.status,
        metrics=parts.metrics,
        answering=answering,
        switch=VersionSwitch(parts.registry, parts.follower.check),
        delete=Deletion(parts.store, parts.writer.flush, parts.erasure.now),
        policy=parts.policy,
        data_dir=parts.settings.data_dir,
    )


def _name(settings: Settings) -> str:
    """No two servers work on one data folder."""
    return f"{platform.node()}:{settings.data_dir.resolve()}"


def _authenticate(keys: KeyRing, request: Request) -> None:
    key = keys.authenticate(given_key(request.headers))
    request.state.key, request.state.key_name = key, key.name


def _share(slots: int, keys: int) -> int | None:
    """Slots that one key may hold: a quarter is left for others, where there are any."""
    return max(1, slots * 3 // 4) if keys > 1 else None


def _shown_policy(policy: GuardPolicy, settings: Settings) -> dict[str, Any]:
    bounds = {"max_rewinds": settings.max_rewinds, "max_held_tokens": settings.max_held_tokens}
    return asdict(policy) | bounds | {"log_context": settings.log_context, "retention_days": settings.retention_days}


def _guard_figures(status: ServerStatus) -> dict[str, Any]:
    now = status.read()
    return {
        "adapter": now.adapter,
        "faults": now.guard_faults,
        "events": {
            "written": now.events_written,
            "dropped": now.events_dropped,
            "failed": now.events_failed,
            "pending": now.events_pending,
        },
        "commit_failures": now.commit_failures,
        "detector": DETECTOR_VERSION,
    }
