"""The overview: what drifts, by language and over time, and how the server fares."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from server.dashboard.canary_view import canary_view
from server.dashboard.pages import page
from server.dashboard.parts import DashboardParts
from server.dashboard.progress import distillation_under_way
from server.dashboard.ranges import RANGES, Range, range_named, step_of
from server.dashboard.series import charts, compared, total, version_marks
from tlpo_guard.events.traffic import TrafficPoint

__all__ = ["overview_router"]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the charts show.

    Attributes:
        step: length of one point, seconds.
        span: first and last moment, Unix time.
    """

    range: Range
    step: int
    span: tuple[int, int]
    points: Sequence[TrafficPoint]


def overview_router(parts: DashboardParts, route_class: type[APIRoute]) -> APIRouter:
    """`/dashboard`, and the parts of it that are asked for again while it is open."""
    router = APIRouter(prefix="/dashboard", include_in_schema=False, route_class=route_class)

    @router.get("")
    def overview(request: Request, range: str = "day") -> Response:
        shown = _shown(parts, range)
        drawn, marks = charts(shown.points, shown.step), dict(version_marks(shown.points))
        figures = _figures(parts, shown)
        return page(request, "overview.html.jinja", ranges=RANGES, charts=drawn, marks=marks, **figures)

    @router.get("/now")
    def now(request: Request, range: str = "day") -> Response:
        return page(request, "overview_now.html.jinja", **_figures(parts, _shown(parts, range)))

    @router.get("/series")
    def series(range: str = "day") -> Response:
        shown = _shown(parts, range)
        drawn, marks = charts(shown.points, shown.step), version_marks(shown.points)
        return JSONResponse({"charts": drawn, "marks": marks, "span": shown.span})

    return router


def _shown(parts: DashboardParts, name: str) -> _Shown:
    """The traffic of a range; where it began within the range, from then on, and finer."""
    shown, now = range_named(name), int(time.time())
    first = parts.store.traffic.first(now - shown.seconds)
    step = step_of(shown.seconds if first is None else min(now - first, shown.seconds))
    begin = (now - shown.seconds) // step * step
    points = parts.store.traffic.series(begin, now + 1, step)
    if points:
        begin = max(begin, points[0].begins_at - step)
    return _Shown(shown, step, (begin, now + 1), points)


def _figures(parts: DashboardParts, shown: _Shown) -> dict[str, Any]:
    return {
        "shown": shown.range,
        "total": total(shown.points),
        "versions": compared(shown.points),
        "status": asdict(parts.status.read()),
        "latency": parts.metrics.latency(),
        "run": distillation_under_way(parts.store.leases, parts.data_dir),
        "canary": canary_view(parts.registry.pointers(), parts.store, int(time.time())),
    }
