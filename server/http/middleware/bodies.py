"""Bodies that are too large."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.http.errors import ApiError

__all__ = ["BodyLimit"]


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
