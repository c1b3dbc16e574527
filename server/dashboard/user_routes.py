"""What is held on a user, and its deletion."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from server.dashboard.event_list import event_lines
from server.dashboard.forms import form_of
from server.dashboard.pages import page
from server.dashboard.parts import DashboardParts
from server.errors import InvalidRequestError

__all__ = ["user_router"]

_LIST = "/dashboard/users"
_USERS = 50
_ROWS = 20


def user_router(parts: DashboardParts, route_class: type[APIRoute]) -> APIRouter:
    """`/dashboard/users`. Clients choose what a user is called, so the name is a parameter, never part of a path."""
    router = APIRouter(prefix=_LIST, include_in_schema=False, route_class=route_class)
    store = parts.store

    @router.get("")
    def listed(request: Request, prefix: str = "") -> Response:
        users = store.holdings.users(prefix, _USERS + 1)
        shown: dict[str, Any] = {"users": users[:_USERS], "more": len(users) > _USERS, "prefix": prefix}
        template = "user_list.html.jinja" if "hx-request" in request.headers else "users.html.jinja"
        return page(request, template, **shown)

    @router.get("/one")
    def opened(request: Request, user: str, deleted: int | None = None, left: str = "") -> Response:
        holding = store.holdings.of(user)
        events, _ = store.page(user=user, limit=_ROWS)
        return page(
            request,
            "user.html.jinja",
            user=user,
            holding=holding,
            lines=event_lines(parts.engine, events),
            deleted=deleted,
            left=left,
            query=urlencode({"user": user}),
        )

    @router.post("/delete")
    async def delete(request: Request) -> Response:
        form = await form_of(request)
        user = form.get("user", "")
        if not user:
            raise InvalidRequestError("no user was named", param="user", code="missing_parameter")
        gone = await parts.delete(user=user, key=form.get("key") or None)
        told = {"user": user, "deleted": gone.count, "left": "; ".join(gone.left)}
        return RedirectResponse(f"{_LIST}/one?{urlencode(told)}", 303)

    return router
