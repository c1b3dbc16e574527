"""Bodies are read as JSON by a few requests at a time, keys taking turns: it is work on the event loop."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from server.generation.admission import Admission
from tlpo_guard.keys import Key

__all__ = ["read_in_turns", "whose"]

_AT_A_TIME = 4
_MOST_WAITING = 100_000  # as many as there may be connections


def read_in_turns(route_class: type[APIRoute], *, several: bool) -> type[APIRoute]:
    """A kind of route whose requests wait for a turn when their bodies are there, until `whose` is asked.

    Args:
        several: whether there are several keys; then one leaves turns to others.
    """
    turns = Admission(_AT_A_TIME, _MOST_WAITING, _AT_A_TIME // 2 if several else None)

    class ReadInTurns(route_class):  # type: ignore[misc, valid-type]
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            serve = super().get_route_handler()

            async def handle(request: Request) -> Response:
                await request.body()
                place = turns.enter(request.state.key.name, 1)
                try:
                    with await turns.take(place) as request.state.reading:
                        response: Response = await serve(request)
                finally:
                    turns.leave(place)
                return response

            return handle

    return ReadInTurns


async def whose(request: Request) -> Key:
    """Whose request it is. FastAPI asks for this between the JSON and the fields, without a pause before the route runs."""
    request.state.reading.release()
    key: Key = request.state.key
    return key
