"""One request and its reply on their way through the middleware."""

import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any

from tlpo_guard.integrations.vllm.front.answering import GuardedReply
from tlpo_guard.integrations.vllm.front.endpoints import Endpoint
from tlpo_guard.integrations.vllm.front.refusals import RefusedError, Send
from tlpo_guard.integrations.vllm.front.telling import Front, told

__all__ = ["Exchange"]

AsgiMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[AsgiMessage]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_ID_HEADER = b"x-request-id"
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class Exchange:
    """One request.

    Its body is read when the application asks for it: vLLM has looked at the key by then.
    """

    def __init__(
        self, front: Front, endpoint: Endpoint, scope: MutableMapping[str, Any], receive: Receive, send: Send
    ) -> None:
        self._front = front
        self._endpoint = endpoint
        self._scope = scope
        self._receive = receive
        self._send: Send = send
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self._key = front.callers.of(headers, checked=front.checks_keys)
        self._given_id = headers.get(_ID_HEADER.decode())
        self._id = endpoint.own_id + _unique(self._given_id)
        self._in_use = ExitStack()
        self._read = False
        self._refusal: RefusedError | None = None

    async def run(self, app: App) -> None:
        """Let an application answer; raises what it raises."""
        try:
            await app({**self._scope, "headers": self._headers()}, self._body, self._reply)
        except Exception:
            if self._refusal is None:
                raise
        finally:
            self._in_use.close()
        if self._refusal is not None:
            await self._refusal.send(self._send, close=not self._read)

    def _headers(self) -> list[tuple[bytes, bytes]]:
        """The request's, without the length of a body that will be another, and with an id that no other request has."""
        changed = {b"content-length", _ID_HEADER}
        headers = [(name, value) for name, value in self._scope["headers"] if name.lower() not in changed]
        return headers if self._given_id is None else [*headers, (_ID_HEADER, self._id.encode())]

    async def _body(self) -> AsgiMessage:
        if self._read:
            return await self._receive()
        chunks, size, more = [], 0, True
        while more:
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            chunks.append(message.get("body", b""))
            size, more = size + len(chunks[-1]), message.get("more_body", False)
            if size > self._front.max_body_bytes:
                self._refusal = _too_large(self._front.max_body_bytes)
                raise self._refusal
        self._read = True
        return {"type": "http.request", "body": await self._told(b"".join(chunks)), "more_body": False}

    async def _told(self, raw: bytes) -> bytes:
        try:
            changed = await told(self._front, self._endpoint, raw, self._key, self._id)
        except RefusedError as exc:
            self._refusal = exc
            raise
        if changed.model is not None:
            self._in_use.enter_context(self._front.versions.in_use(changed.model))
        if changed.guarding is not None:
            request_id = self._endpoint.before_id + self._id
            self._send = GuardedReply(self._send, self._front.events, changed.guarding, request_id).send
        return changed.body

    async def _reply(self, message: AsgiMessage) -> None:
        if self._refusal is not None:
            return  # what the application made of it
        if message["type"] == "http.response.start" and self._given_id is not None:
            given = self._given_id.encode("latin-1")
            headers = message.get("headers", ())
            named = [(name, given if name.lower() == _ID_HEADER else value) for name, value in headers]
            message = {**message, "headers": named}
        await self._send(message)


def _unique(given: str | None) -> str:
    """An id that no other request has, and that begins with the client's own."""
    fresh = uuid.uuid4().hex
    return f"{given}-{fresh[:8]}" if given is not None and _ID.fullmatch(given) else fresh


def _too_large(most: int) -> RefusedError:
    return RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {most} bytes", param="body")
