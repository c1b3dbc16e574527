"""All pages under `/dashboard`."""

from fastapi import APIRouter

from server.dashboard.access import session_route
from server.dashboard.assets import asset_router
from server.dashboard.event_routes import event_router
from server.dashboard.login_routes import login_router
from server.dashboard.overview_routes import overview_router
from server.dashboard.parts import DashboardParts
from server.dashboard.playground_routes import playground_router
from server.dashboard.session import Sessions
from server.dashboard.user_routes import user_router
from server.dashboard.version_routes import version_router

__all__ = ["dashboard_router"]


def dashboard_router(parts: DashboardParts) -> APIRouter:
    """The dashboard of one server."""
    sessions = Sessions()
    route_class = session_route(sessions)
    router = APIRouter(include_in_schema=False)
    router.include_router(asset_router())
    router.include_router(login_router(parts.keys, sessions))
    for made in (overview_router, event_router, version_router, user_router, playground_router):
        router.include_router(made(parts, route_class))
    return router
