"""Answers for clients that may leave: what nobody waits for any more is cancelled."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

__all__ = ["EventStream", "unless_gone"]

T = TypeVar("T")
_CLIENT_CLOSED = 499


class EventStream(StreamingResponse):
    """Server-sent events; however the response ends, the generator behind it is closed.

    Args:
        first: what has come already.
        rest: what is still to come.
    """

    def __init__(self, first: str, rest: AsyncGenerator[str]) -> None:
        super().__init__(_joined(first, rest), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._rest.aclose()


async def _joined(first: str, rest: AsyncGenerator[str]) -> AsyncGenerator[str]:
    yield first
    async for frame in rest:
        yield frame


async def unless_gone(request: Request, work: "Coroutine[Any, Any, T]") -> "T | Response":
    """What some work gives; where the client leaves first, the work is cancelled and nobody reads the response."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        return await task if task.done() else Response(status_code=_CLIENT_CLOSED)
    finally:
        for one in (task, gone):
            if not one.done():
                one.cancel()
                with suppress(asyncio.CancelledError):
                    await one


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
