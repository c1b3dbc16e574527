"""Routes for whoever is signed in, safe from other sites' pages; what goes wrong in one becomes a page, too."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from server.dashboard.forms import form_of
from server.dashboard.pages import page, protect
from server.dashboard.session import COOKIE, Sessions
from server.errors import RefusalError
from server.http.errors import ApiError
from server.http.validation import problem
from tlpo_guard.errors import AdapterNotFoundError, EventNotFoundError, RegistryError, StoreError, TlpoGuardError

__all__ = ["LOGIN", "session_route"]

LOGIN = "/dashboard/login"
_READING = ("GET", "HEAD")

# The first that fits counts.
_STATUS: tuple[tuple[type[TlpoGuardError], int], ...] = (
    (EventNotFoundError, 404),
    (AdapterNotFoundError, 404),
    (RegistryError, 409),
    (StoreError, 503),
    (TlpoGuardError, 400),
)


def session_route(sessions: Sessions) -> type[APIRoute]:
    """A kind of route that serves only requests of a session, and changes something only for its own pages."""

    class SessionRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            serve = super().get_route_handler()

            async def handle(request: Request) -> Response:
                cookie = request.cookies.get(COOKIE)
                if cookie is None or not sessions.is_valid(cookie):
                    return protect(_to_login(request))
                request.state.csrf = sessions.csrf_token(cookie)
                if request.method not in _READING and not sessions.is_own(cookie, await _token(request)):
                    return protect(_refused(request, 403, "This form is of an older session. Go back and try again."))
                try:
                    return protect(await serve(request))
                except (TlpoGuardError, RefusalError, ApiError, RequestValidationError, OSError) as exc:
                    return protect(_refused(request, *_told(exc)))

            return handle

    return SessionRoute


async def _token(request: Request) -> str:
    return request.headers.get("x-csrf-token") or (await form_of(request)).get("csrf", "")


def _to_login(request: Request) -> Response:
    if "hx-request" in request.headers:
        return Response(headers={"HX-Redirect": LOGIN})
    if request.method not in _READING or "json" in request.headers.get("accept", ""):
        return Response("the session is over; sign in again", 401)
    return RedirectResponse(LOGIN, 303)


def _refused(request: Request, status: int, message: str) -> Response:
    template = "problem_part.html.jinja" if "hx-request" in request.headers else "problem.html.jinja"
    return page(request, template, status, message=message, title="This did not work")


def _told(exc: Exception) -> tuple[int, str]:
    """Status and message of what went wrong."""
    if isinstance(exc, RefusalError):
        exc = ApiError.of(exc)
    if isinstance(exc, ApiError):
        return exc.status, exc.message
    if isinstance(exc, RequestValidationError):
        return 400, problem(exc.errors()[0]).message
    if isinstance(exc, OSError):
        return 503, f"The data folder cannot be read or written ({exc.strerror})."
    return next(status for kind, status in _STATUS if isinstance(exc, kind)), str(exc)
