"""ASGI layers around the application; none of them buffers a body or a stream."""

import asyncio
import re
import time
import uuid
from collections.abc import Callable

import structlog
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.http.errors import ApiError
from server.operations.metrics import Metrics
from tlpo_guard.settings import Settings

__all__ = ["BodyLimit", "RequestContext", "SendTimeout", "add_middleware"]

_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_QUIET = ("/health", "/ready", "/metrics")
_GONE = 499

logger = structlog.get_logger("tlpo_guard.requests")


def add_middleware(app: FastAPI, settings: Settings, metrics: Metrics) -> None:
    """Put all layers around an app; the last one added is the outermost."""
    app.add_middleware(SendTimeout, seconds=settings.send_timeout_seconds)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
        )
    app.add_middleware(RequestContext, on_done=metrics.request)


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


class BodyLimit:
    """Refuses bodies that are too large, as soon as that shows."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced[:20]) > self._max_bytes:
            await self._refuse(scope, receive, send)
            return
        received, started = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise _TooLargeError
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            # The app may have turned our exception into an error of its own.
            if started or received <= self._max_bytes:
                started = True
                await send(message)

        try:
            await self._app(scope, counted, watched)
        except Exception:
            if received <= self._max_bytes:
                raise
        if received > self._max_bytes and not started:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = f"the body is larger than {self._max_bytes} bytes"
        response = ApiError(413, message, param="body", code="body_too_large").response()
        response.headers["Connection"] = "close"  # the rest of the body is not worth reading
        await response(scope, receive, send)


class _TooLargeError(Exception):
    """The body has passed the limit."""


class SendTimeout:
    """Gives up on clients that do not take what is sent to them."""

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def timed(message: Message) -> None:
            try:
                async with asyncio.timeout(self._seconds):
                    await send(message)
            except TimeoutError:
                raise ClientDisconnect from None

        await self._app(scope, receive, timed if scope["type"] == "http" else send)
