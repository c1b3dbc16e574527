"""Requests that are not served, in the form of vLLM's own errors."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

__all__ = ["RefusedError", "Send"]

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class RefusedError(Exception):
    """The middleware refuses a request.

    Args:
        message: for the client; says what is wrong and what to do.
        param: the field at fault.
    """

    def __init__(self, status: HTTPStatus, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param

    @property
    def body(self) -> bytes:
        """What the client gets, JSON."""
        kind = "NotFoundError" if self.status is HTTPStatus.NOT_FOUND else "BadRequestError"
        error = {"message": self.message, "type": kind, "param": self.param, "code": int(self.status)}
        return json.dumps({"error": error}, ensure_ascii=False).encode("utf-8", "replace")

    async def send(self, send: Send, *, close: bool = False) -> None:
        """Answer with it.

        Args:
            close: end the connection, whose body has not been read.
        """
        body = self.body
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if close:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": int(self.status), "headers": headers})
        await send({"type": "http.response.body", "body": body})
