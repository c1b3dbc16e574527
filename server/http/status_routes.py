"""How the server is. Nothing here tells of anybody's text, and only the figures may need a key."""

from dataclasses import asdict
from importlib.metadata import version as installed
from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.responses import Response
from fastapi.routing import APIRoute

from server.http.status_replies import HealthReply, ReadyReply, RootReply, VersionReply, refusals
from server.http.wire import json_response
from server.operations.metrics import Metrics
from server.status import ServerStatus

__all__ = ["status_router"]

_FIGURES: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {}}}}


def status_router(status: ServerStatus, metrics: Metrics, metrics_class: type[APIRoute] = APIRoute) -> APIRouter:
    """What this is, health, readiness, version and figures.

    Args:
        metrics_class: kind of the route of the figures, which decides who may see them.
    """
    router = APIRouter()

    @router.get("/")
    async def root() -> RootReply:
        """What this is, and where it tells more."""
        paths = {"docs": "/docs", "health": "/health", "dashboard": "/dashboard"}
        return RootReply(name="tlpo-guard", version=installed("tlpo-guard"), **paths)

    @router.get("/health", response_model=HealthReply, responses={503: {"model": HealthReply}})
    async def health() -> Response:
        """How the server is; 503 where its engine has stopped."""
        now = status.read()
        figures = {name: value for name, value in asdict(now).items() if name in HealthReply.model_fields}
        reply = HealthReply(status="ok" if now.engine_up else "engine stopped", **figures)
        return json_response(reply, 200 if now.engine_up else 503)

    @router.get("/ready", response_model=ReadyReply, responses={503: {"model": ReadyReply}})
    async def ready() -> Response:
        """Whether requests should come here."""
        now = status.read()
        reason = "draining" if now.draining else None if now.engine_up else "engine stopped"
        return json_response(ReadyReply(ready=reason is None, reason=reason), 503 if reason else 200)

    @router.get("/version")
    async def version() -> VersionReply:
        """What runs."""
        return VersionReply(version=installed("tlpo-guard"))

    figures = APIRouter(route_class=metrics_class)

    @figures.get("/metrics", response_class=Response, responses=_FIGURES | refusals(401))
    async def scrape(accept: Annotated[str | None, Header()] = None) -> Response:
        """Figures for Prometheus."""
        body, kind = metrics.exposition(accept)
        return Response(body, headers={"Content-Type": kind})

    router.include_router(figures)
    return router
