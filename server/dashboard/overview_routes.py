"""The overview: what drifts, by language and over time, and how the server fares."""

import time
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from server.dashboard.pages import page
from server.dashboard.parts import DashboardParts
from server.dashboard.progress import distillation_under_way
from server.dashboard.ranges import RANGES, Range, range_named
from server.dashboard.series import charts, compared, total, version_marks
from tlpo_guard.events.traffic import TrafficPoint

__all__ = ["overview_router"]


def overview_router(parts: DashboardParts, route_class: type[APIRoute]) -> APIRouter:
    """`/dashboard`, and the parts of it that are asked for again while it is open."""
    router = APIRouter(prefix="/dashboard", include_in_schema=False, route_class=route_class)

    @router.get("")
    def overview(request: Request, range: str = "day") -> Response:
        shown = range_named(range)
        points = _points(parts, shown)
        return page(request, "overview.html.jinja", ranges=RANGES, **_figures(parts, shown, points))

    @router.get("/now")
    def now(request: Request, range: str = "day") -> Response:
        shown = range_named(range)
        return page(request, "overview_now.html.jinja", **_figures(parts, shown, _points(parts, shown)))

    @router.get("/series")
    def series(range: str = "day") -> Response:
        shown = range_named(range)
        points = _points(parts, shown)
        told = {"charts": charts(points, shown.step), "marks": version_marks(points), "span": _span(shown)}
        return JSONResponse(told)

    return router


def _points(parts: DashboardParts, shown: Range) -> list[TrafficPoint]:
    return parts.store.traffic.series(*_span(shown), shown.step)


def _span(shown: Range) -> tuple[int, int]:
    now = int(time.time())
    return (now - shown.seconds) // shown.step * shown.step, now + 1


def _figures(parts: DashboardParts, shown: Range, points: list[TrafficPoint]) -> dict[str, Any]:
    return {
        "shown": shown,
        "total": total(points),
        "versions": compared(points),
        "charts": charts(points, shown.step),
        "marks": dict(version_marks(points)),
        "status": asdict(parts.status.read()),
        "latency": parts.metrics.latency(),
        "run": distillation_under_way(parts.store.leases, parts.data_dir),
    }
