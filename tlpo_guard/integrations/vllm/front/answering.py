"""A reply on its way to the client: what the guard did is put into it, and it waits for its events."""

import logging
import re
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any

from tlpo_guard.events.log import Tally
from tlpo_guard.integrations.vllm.front.arguments import Guarding
from tlpo_guard.integrations.vllm.front.refusals import Send
from tlpo_guard.integrations.vllm.front.replies import guard_object, is_last, with_guard
from tlpo_guard.integrations.vllm.settling import EngineEvents

__all__ = ["GuardedReply"]

logger = logging.getLogger(__name__)

AsgiMessage = MutableMapping[str, Any]

_BEHIND_FRAMES = re.compile(rb"(?<=\n\n)")


class GuardedReply:
    """Sends a reply with what the guard did; errors, and whatever else is no answer, as they are.

    Args:
        request_id: under which the events are logged.
    """

    def __init__(self, send: Send, events: EngineEvents, guarding: Guarding, request_id: str) -> None:
        self._send = send
        self._events = events
        self._guarding = guarding
        self._request_id = request_id
        self._start: AsgiMessage | None = None  # of a reply that is held until it is whole
        self._whole = bytearray()
        self._streams = False

    async def send(self, message: AsgiMessage) -> None:
        """Take the application's next message."""
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] != "http.response.body":
            await self._send(message)
        elif self._start is not None:
            self._whole += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_whole(self._start)
        elif self._streams:
            await self._send({**message, "body": await self._frames(message.get("body", b""))})
        else:
            await self._send(message)

    async def _begin(self, message: AsgiMessage) -> None:
        headers = {name.lower(): value for name, value in message.get("headers", ())}
        kind = headers.get(b"content-type", b"").split(b";")[0].strip()
        answers = message["status"] == HTTPStatus.OK
        self._streams = answers and kind == b"text/event-stream"
        if answers and kind == b"application/json":
            self._start = message
        else:
            await self._send(message)

    async def _send_whole(self, start: AsgiMessage) -> None:
        body = bytes(self._whole)
        try:
            body = with_guard(body, await self._guard())
        except Exception:
            logger.exception("a reply goes out without what the guard did")
        headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        await self._send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await self._send({"type": "http.response.body", "body": body})

    async def _frames(self, frames: bytes) -> bytes:
        """Some whole chunks of a stream, as vLLM sends them."""
        parts = _BEHIND_FRAMES.split(frames)
        if not any(map(is_last, parts)):
            return frames
        try:
            guard = await self._guard()
            return b"".join(with_guard(part, guard) if is_last(part) else part for part in parts)
        except Exception:
            logger.exception("a stream goes on without what the guard did")
            return frames

    async def _guard(self) -> dict[str, Any]:
        if not self._guarding.policy.guards:
            return guard_object(self._guarding, Tally(0, 0), runs=True)
        runs, tally = await self._events.settled(self._request_id)
        return guard_object(self._guarding, tally, runs=runs)
