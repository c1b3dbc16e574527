"""Adapter versions: the lineage, each one opened, and which of them is served."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute

from server.adapters.switching import VersionSwitch
from server.dashboard.canary_view import canary_view
from server.dashboard.forms import form_of
from server.dashboard.pages import page
from server.dashboard.parts import DashboardParts
from server.dashboard.progress import distillation_under_way
from server.dashboard.report_page import report_page
from server.dashboard.version_view import lineage_tree, version_view
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.registry import StoredRegistry

__all__ = ["version_router"]

Version = Annotated[str, Path(max_length=64)]
_LIST = "/dashboard/versions"


def version_router(parts: DashboardParts, route_class: type[APIRoute]) -> APIRouter:
    """`/dashboard/versions`."""
    router = APIRouter(prefix=_LIST, include_in_schema=False, route_class=route_class)
    _add_list(router, parts)
    _add_moves(router, parts.switch)
    _add_one(router, parts.registry)
    return router


def _add_list(router: APIRouter, parts: DashboardParts) -> None:
    registry = parts.registry

    @router.get("")
    def listed(request: Request) -> Response:
        pointers = registry.pointers()
        views = [version_view(version, pointers) for version in registry.list()]
        shown: dict[str, Any] = {"views": views, "root": lineage_tree(views), "pointers": pointers}
        shown["canary"] = canary_view(pointers, parts.store, int(time.time()))
        run = distillation_under_way(parts.store.leases, parts.data_dir)
        return page(request, "versions.html.jinja", serving=parts.gate.version, run=run, **shown)

    @router.get("/run")
    def run(request: Request) -> Response:
        """The distillation under way."""
        run = distillation_under_way(parts.store.leases, parts.data_dir)
        return page(request, "run.html.jinja", run=run)

    @router.get("/run/steps")
    def steps_of_run() -> Response:
        run = distillation_under_way(parts.store.leases, parts.data_dir)
        return JSONResponse(list(run.steps) if run else [])


def _add_moves(router: APIRouter, switch: VersionSwitch) -> None:
    @router.post("/rollback")
    async def rollback() -> Response:
        await switch.rollback()
        return RedirectResponse(_LIST, 303)

    @router.post("/unpin")
    async def unpin() -> Response:
        await switch.unpin()
        return RedirectResponse(_LIST, 303)

    @router.post("/canary/stop")
    async def stop_canary() -> Response:
        await switch.stop_canary()
        return RedirectResponse(_LIST, 303)

    @router.post("/{version}/canary")
    async def start_canary(request: Request, version: Version) -> Response:
        share = (await form_of(request)).get("share", "")
        if not share.isdecimal():
            raise ConfigurationError("a canary needs a share, in percent")
        await switch.start_canary(version, int(share))
        return RedirectResponse(_LIST, 303)

    @router.post("/{version}/promote")
    async def promote(version: Version) -> Response:
        await switch.promote(version)
        return RedirectResponse(_LIST, 303)

    @router.post("/{version}/pin")
    async def pin(version: Version) -> Response:
        await switch.pin(version)
        return RedirectResponse(_LIST, 303)


def _add_one(router: APIRouter, registry: StoredRegistry) -> None:
    @router.get("/{version}")
    def opened(request: Request, version: Version) -> Response:
        pointers = registry.pointers()
        view = version_view(registry.get(version), pointers)
        has_report = registry.page(version) is not None
        return page(request, "version.html.jinja", view=view, pointers=pointers, has_report=has_report)

    @router.get("/{version}/report")
    def report(version: Version) -> Response:
        found = registry.page(version)
        return Response(status_code=404) if found is None else report_page(found)

    @router.get("/{version}/steps")
    def steps(version: Version) -> Response:
        return JSONResponse(list(version_view(registry.get(version), registry.pointers()).steps))
