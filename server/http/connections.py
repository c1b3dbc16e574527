"""What uvicorn leaves open: how many connections there may be, and how long and how large what they send.

All of it holds before a key is known, so none of it may cost more than a connection.
"""

import asyncio
import resource
import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from server.http.errors import ApiError
from tlpo_guard.settings import Settings

__all__ = ["limited_protocol"]

_HEAD_BYTES = 32 * 2**10
_MOST_HEADERS = 100
_RESERVED_FILES = 96  # file handles for everything else


def limited_protocol(settings: Settings) -> type[HttpToolsProtocol]:
    """uvicorn's protocol with the limits of some settings."""
    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = settings.max_connections
    if handles != resource.RLIM_INFINITY:
        most = max(1, min(most, handles - _RESERVED_FILES))
    return type(
        "LimitedProtocol", (_Limited,), {"most_connections": most, "receive_seconds": settings.receive_timeout_seconds}
    )


class _Limited(HttpToolsProtocol):
    """One connection.

    Attributes:
        most_connections: that may be open; whoever comes on top takes the place of the one that has sent nothing whole
            for the longest time.
        receive_seconds: in which a request has to be there, with its body.
    """

    most_connections: int
    receive_seconds: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._since = time.monotonic()
        self._in_head = False
        self._head_bytes = 0
        self._refused = False

    @property
    def _answering(self) -> bool:
        """Whether a whole request is being answered."""
        return self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or refuse it."""
        others = list(self.connections)
        super().connection_made(transport)
        if len(others) >= self.most_connections and not _make_room(others):
            self._refuse(
                ApiError(503, "too many connections are open; try again in a moment", code="too_many_connections")
            )
            return
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end."""
        self._expect_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if self._refused:
            return
        super().data_received(data)
        if self._in_head and not self._refused:
            self._head_bytes += len(data)
            if self._head_bytes > _HEAD_BYTES:
                self._refuse(_too_large())

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        if self._deadline is None:
            self._expect()

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._in_head = False
        if self._refused:
            return
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > _HEAD_BYTES or len(self.headers) > _MOST_HEADERS:
            self._refuse(_too_large())
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of its body is there."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is there."""
        if not self._refused:
            self._expect_no_more()
            super().on_message_complete()

    def _expect(self) -> None:
        self._since = time.monotonic()
        self._deadline = self.loop.call_later(self.receive_seconds, self._late)

    def _expect_no_more(self) -> None:
        self._since = time.monotonic()
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        message = f"the request was not there within {self.receive_seconds:g} seconds"
        self._refuse(ApiError(408, message, code="request_timeout"))

    def _refuse(self, error: ApiError) -> None:
        """Say why, where nothing has been said yet, and hang up."""
        self._refused = True
        self._expect_no_more()
        cycle = self.cycle
        answered = cycle is None or cycle.response_complete
        if not self.transport.is_closing() and (answered or not cycle.response_started):
            self.transport.write(_raw(error))
        if not answered:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()


def _make_room(others: "list[Any]") -> bool:
    """Hang up on the connection that waits for the longest time with nothing to be answered; whether there is one."""
    idle = [one for one in others if isinstance(one, _Limited) and not one._answering]
    if not idle:
        return False
    min(idle, key=lambda one: one._since).transport.abort()
    return True


def _too_large() -> ApiError:
    message = f"the request's headers are too large; at most {_MOST_HEADERS} of {_HEAD_BYTES} bytes together"
    return ApiError(431, message, code="headers_too_large")


def _raw(error: ApiError) -> bytes:
    body = bytes(error.response().body)
    head = b"content-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
    return STATUS_LINE[error.status] + head + body
