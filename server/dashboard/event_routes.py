"""Events: the list, as it grows, and each one opened."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from server.dashboard.candidates import candidate_lines, score_now
from server.dashboard.event_filters import EventChoice
from server.dashboard.event_list import event_lines
from server.dashboard.event_view import event_view
from server.dashboard.pages import page
from server.dashboard.parts import DashboardParts
from tlpo_guard.guard.points import Action, Kind

__all__ = ["event_router"]

_ROWS = 50


def event_router(parts: DashboardParts, route_class: type[APIRoute]) -> APIRouter:
    """`/dashboard/events`."""
    router = APIRouter(prefix="/dashboard/events", include_in_schema=False, route_class=route_class)
    store, engine = parts.store, parts.engine

    @router.get("")
    def listed(request: Request, choice: Annotated[EventChoice, Query()]) -> Response:
        """The page, or its list alone for a page that is open."""
        events, following = store.page(after=choice.cursor, limit=_ROWS, **choice.filters)
        shown: dict[str, Any] = {
            "choice": choice,
            "lines": event_lines(engine, events),
            "following": urlencode(choice.query | {"cursor": following}) if following else "",
            "here": urlencode(choice.query),
        }
        if "hx-request" in request.headers:
            return page(request, "event_list.html.jinja", **shown)
        values = {name: store.holdings.values(name) for name in ("language", "key", "adapter_version")}
        return page(request, "events.html.jinja", kinds=list(Kind), actions=list(Action), values=values, **shown)

    @router.get("/{event_id}")
    def opened(request: Request, event_id: str) -> Response:
        event = store.get(event_id)
        view = event_view(engine, store, event)
        lines = candidate_lines(engine, event, None)
        return page(request, "event.html.jinja", view=view, event=event, candidates=lines, now=None, asked=False)

    @router.get("/{event_id}/now")
    async def now(request: Request, event_id: str) -> Response:
        """The candidates with a second column, for the version that is served now."""
        event = await run_in_threadpool(store.get, event_id)
        scored = await score_now(engine, parts.gate, event)
        lines = await run_in_threadpool(candidate_lines, engine, event, scored)
        return page(request, "candidates.html.jinja", event=event, candidates=lines, now=scored, asked=True)

    return router
