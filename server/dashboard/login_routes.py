"""Signing in with the admin key, and out."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from server.dashboard.access import LOGIN, session_route
from server.dashboard.forms import form_of
from server.dashboard.pages import page, protect
from server.dashboard.session import COOKIE, SECONDS, Sessions
from server.errors import RefusalError
from server.keys.ring import KeyRing

__all__ = ["login_router"]

_PATH = "/dashboard"


def login_router(keys: KeyRing, sessions: Sessions) -> APIRouter:
    """`/dashboard/login` and `/dashboard/logout`.

    Other sites' pages cannot sign anybody in: a form of theirs is refused by its `Origin`.
    """
    router = APIRouter(include_in_schema=False)

    @router.get(LOGIN)
    def show(request: Request) -> Response:
        return protect(page(request, "login.html.jinja", message=""))

    @router.post(LOGIN)
    async def sign_in(request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return protect(page(request, "login.html.jinja", 403, message="Sign in on this page."))
        try:
            keys.authorize_admin((await form_of(request)).get("key", "").strip() or None)
        except RefusalError as exc:
            message = exc.message.partition("; send it")[0]
            return protect(page(request, "login.html.jinja", 403, message=f"{message[:1].upper()}{message[1:]}."))
        response = RedirectResponse(_PATH, 303)
        secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, sessions.begin(), max_age=SECONDS, path=_PATH, secure=secure, httponly=True, samesite="strict"
        )
        return protect(response)

    own = APIRouter(include_in_schema=False, route_class=session_route(sessions))

    @own.post("/dashboard/logout")
    async def sign_out(request: Request) -> Response:
        sessions.end(request.cookies[COOKIE])
        response = RedirectResponse(LOGIN, 303)
        response.delete_cookie(COOKIE, path=_PATH, httponly=True, samesite="strict")
        return response

    router.include_router(own)
    return router
