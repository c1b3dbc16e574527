"""One request and its reply on their way through the middleware."""

import asyncio
import json
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tlpo_guard.events.log import Tally
from tlpo_guard.guard_options import PREFIX
from tlpo_guard.integrations.vllm.arguments import XARGS, Asked, Guarding, asked, guarding
from tlpo_guard.integrations.vllm.callers import Callers
from tlpo_guard.integrations.vllm.endpoints import Body, Endpoint
from tlpo_guard.integrations.vllm.refusals import RefusedError
from tlpo_guard.integrations.vllm.replies import guard_object, is_last, with_guard
from tlpo_guard.integrations.vllm.settling import EngineEvents
from tlpo_guard.integrations.vllm.versions import Model, ServedVersions
from tlpo_guard.intent import Message
from tlpo_guard.keys import Key
from tlpo_guard.policy import GuardPolicy

__all__ = ["Exchange", "Front"]

logger = logging.getLogger(__name__)

AsgiMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[AsgiMessage]]
Send = Callable[[AsgiMessage], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_READ_HERE = 2_000  # characters of a conversation; longer ones are read in a thread
_FRAMES = re.compile(rb"(?<=\n\n)")


@dataclass(frozen=True, slots=True)
class Front:
    """What all requests to one server share.

    Attributes:
        policy: of requests and keys that do not say.
        checks_keys: whether vLLM refuses keys that it does not know.
    """

    policy: GuardPolicy
    callers: Callers
    versions: ServedVersions
    events: EngineEvents
    checks_keys: bool
    max_body_bytes: int


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
        self._send = send
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self._key: Key = front.callers.of(headers, checked=front.checks_keys)
        self._given_id = headers.get("x-request-id")
        self._id = endpoint.own_id + _unique(self._given_id)
        self._read = False
        self._refusal: RefusedError | None = None
        self._guarding: Guarding | None = None
        self._use: Any = None
        self._start: AsgiMessage | None = None  # of a reply that is held until it is whole
        self._whole = bytearray()
        self._streams = False

    async def run(self, app: App) -> None:
        """Let an application answer; raises what it raises."""
        try:
            await app({**self._scope, "headers": self._headers()}, self._body, self._reply)
        except Exception:
            if self._refusal is None:
                raise
        finally:
            if self._use is not None:
                self._use.__exit__(None, None, None)
        if self._refusal is not None:
            await self._refuse(self._refusal)

    def _headers(self) -> Headers:
        """The request's, without the length of a body that will be another, and with an id that no other request has."""
        changed = {b"content-length", b"x-request-id"}
        headers = [(name, value) for name, value in self._scope["headers"] if name.lower() not in changed]
        return headers if self._given_id is None else [*headers, (b"x-request-id", self._id.encode())]

    # -- the request ----------------------------------------------------------------------------------------------------

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
                raise self._refused(_too_large(self._front.max_body_bytes))
        self._read = True
        body = b"".join(chunks)
        try:
            body = await self._told(body)
        except RefusedError as exc:
            raise self._refused(exc) from None
        return {"type": "http.request", "body": body, "more_body": False}

    def _refused(self, refusal: RefusedError) -> RefusedError:
        self._refusal = refusal
        return refusal

    async def _told(self, raw: bytes) -> bytes:
        """A body with the guard's arguments in it; raises RefusedError."""
        try:
            body = json.loads(raw)
            if not isinstance(body, dict):
                return raw
            said = asked(body)
        except (ValueError, RecursionError):
            return raw  # vLLM says what is wrong with it
        model = await self._model(body)
        arguments = {"request": self._endpoint.before_id + self._id, "key": self._key.name, "adapter": model.version}
        if said.user:
            arguments["user"] = said.user
        self._guarding = await self._decided(said, body)
        told = {} if self._guarding is None else self._guarding.arguments()
        body[XARGS] = {**said.others, **told, **{PREFIX + name: value for name, value in arguments.items()}}
        body["request_id"] = self._id
        try:
            return json.dumps(body).encode()
        except RecursionError:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "the body is nested too deep") from None

    async def _model(self, body: Body) -> Model:
        try:
            model = await self._front.versions.chosen(body.get("model"), self._key)
        except RefusedError:
            raise
        except Exception:
            logger.exception("the adapter version of a request cannot be chosen; its model's name stays")
            return Model(None, "base")
        if model.name is not None:
            body["model"] = model.name
        self._use = self._front.versions.in_use(model)
        self._use.__enter__()
        return model

    async def _decided(self, said: Asked, body: Body) -> Guarding | None:
        """How the request is guarded; None where that fails, and the guard in the engine knows no language."""
        try:
            conversations = self._endpoint.conversations(body)
            default = self._key.policy(self._front.policy)
            if _characters(conversations) <= _READ_HERE:
                return guarding(said, conversations, default)
            return await asyncio.to_thread(guarding, said, conversations, default)
        except ValueError:
            return None  # vLLM refuses such messages
        except Exception:
            logger.exception("the expected language of a request cannot be told")
            return None

    # -- the reply ------------------------------------------------------------------------------------------------------

    async def _reply(self, message: AsgiMessage) -> None:
        if self._refusal is not None:
            return  # what the application made of it
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] == "http.response.body" and self._start is not None:
            self._whole += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_whole()
        elif message["type"] == "http.response.body" and self._streams:
            await self._send({**message, "body": await self._chunk(message.get("body", b""))})
        else:
            await self._send(message)

    async def _begin(self, message: AsgiMessage) -> None:
        headers = {name.lower(): value for name, value in message.get("headers", ())}
        kind = headers.get(b"content-type", b"").split(b";")[0].strip()
        if self._given_id is not None and b"x-request-id" in headers:
            kept = [(name, value) for name, value in message["headers"] if name.lower() != b"x-request-id"]
            message = {**message, "headers": [*kept, (b"x-request-id", self._given_id.encode("latin-1"))]}
        guarded = self._guarding is not None and message["status"] == HTTPStatus.OK
        self._streams = guarded and kind == b"text/event-stream"
        if guarded and kind == b"application/json":
            self._start = message
        else:
            await self._send(message)

    async def _send_whole(self) -> None:
        start, body = self._start, bytes(self._whole)
        if start is None:
            return
        try:
            body = with_guard(body, await self._guard())
        except Exception:
            logger.exception("a reply goes out without what the guard did")
        headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        await self._send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await self._send({"type": "http.response.body", "body": body})

    async def _chunk(self, frames: bytes) -> bytes:
        if not any(map(is_last, _FRAMES.split(frames))):
            return frames
        try:
            guard = await self._guard()
            return b"".join(with_guard(one, guard) if is_last(one) else one for one in _FRAMES.split(frames))
        except Exception:
            logger.exception("a stream goes on without what the guard did")
            return frames

    async def _guard(self) -> dict[str, Any]:
        assert self._guarding is not None
        if not self._guarding.policy.guards:
            return guard_object(self._guarding, Tally(0, 0), runs=True)
        runs, tally = await self._front.events.settled(self._endpoint.before_id + self._id)
        return guard_object(self._guarding, tally, runs=runs)

    async def _refuse(self, refusal: RefusedError) -> None:
        body = refusal.body
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if not self._read:
            headers.append((b"connection", b"close"))  # the rest of the body is not worth reading
        await self._send({"type": "http.response.start", "status": int(refusal.status), "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _unique(given: str | None) -> str:
    """An id that no other request has, and that begins with the client's own."""
    fresh = uuid.uuid4().hex
    return f"{given}-{fresh[:8]}" if given is not None and _ID.fullmatch(given) else fresh


def _characters(conversations: Sequence[Sequence[Message]]) -> int:
    return sum(len(message.text) for one in conversations for message in one)


def _too_large(most: int) -> RefusedError:
    return RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {most} bytes", param="body")
