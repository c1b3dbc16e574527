"""The outermost layer: ids, the log's line of each request, and the end of what nothing else has caught."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.http.errors import ApiError

__all__ = ["RequestContext"]

_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_QUIET = ("/health", "/ready", "/metrics")
_GONE = 499

logger = structlog.get_logger("tlpo_guard.requests")


class RequestContext:
    """Gives every request an id, says it in the response and in every line of the log, and logs the request's end.

    The outermost layer: what nothing else has caught becomes a 500 here.

    Args:
        on_done: takes route, status and seconds of every request.
    """

    def __init__(self, app: ASGIApp, *, on_done: Callable[[str, int, float], None]) -> None:
        self._app = app
        self._on_done = on_done

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, began, status, started = _request_id(scope), time.perf_counter(), _GONE, False

        async def marked(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, marked)
            except ClientDisconnect:
                status = _GONE
            except Exception:
                logger.exception("request failed")
                # A response that has begun ends with its connection.
                status = 500
                if not started:
                    await ApiError(500, "the server failed on this request").response()(scope, receive, marked)
            finally:
                self._tell(scope, status, time.perf_counter() - began)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        # The template, not the path: users' names stand in paths.
        route = getattr(scope.get("route"), "path", "unmatched")
        self._on_done(route, status, seconds)
        tell = logger.debug if route in _QUIET else logger.info
        key = scope.get("state", {}).get("key_name")
        tell("request", method=scope["method"], route=route, status=status, seconds=round(seconds, 4), key=key)


def _request_id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    return given if _ID.fullmatch(given) else uuid.uuid4().hex
