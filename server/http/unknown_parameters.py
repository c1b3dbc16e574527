"""Fields that this server does not serve: refused by name, or dropped and told in a header."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from copy import copy
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from server.http.validation import parameter
from server.planning.schemas.base import UNSUPPORTED

__all__ = ["IGNORED_HEADER", "IgnoringRoute"]

IGNORED_HEADER = "X-Ignored-Parameters"
_DROPPABLE = ("extra_forbidden", UNSUPPORTED)
_MOST_NAMES = 32

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class IgnoringRoute(APIRoute):
    """A route that serves a request without the fields of its body that are not supported, and names them in a header."""

    def get_route_handler(self) -> Handler:
        """The route's handler."""
        serve = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await serve(request)
            except RequestValidationError as exc:
                unsupported = [error for error in exc.errors() if error["type"] in _DROPPABLE]
                if not unsupported or not isinstance(exc.body, dict):
                    raise
                body = exc.body
            response = await serve(_Trimmed(request, _without(body, unsupported)))
            response.headers[IGNORED_HEADER] = _names(unsupported)
            return response

        return handle


class _Trimmed(Request):
    """A request whose body has fewer fields than what was sent."""

    def __init__(self, request: Request, body: dict[str, Any]) -> None:
        super().__init__(request.scope, request.receive)
        self._trimmed = body

    async def body(self) -> bytes:
        """Not empty; what it holds is read by `json`."""
        return b"{}"

    async def json(self) -> Any:
        """The body that is left."""
        return self._trimmed


def _without(body: dict[str, Any], errors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A body less the fields that errors name."""
    left = body
    for error in errors:
        path = [part for part in error["loc"][1:] if not (isinstance(part, str) and part.startswith("~"))]
        left = _dropped(left, path)
    return left


def _dropped(value: Any, path: Sequence[str | int]) -> Any:
    """A copy of a value less what stands at a path."""
    first, *rest = path
    out = copy(value)
    if rest:
        out[first] = _dropped(value[first], rest)
    elif isinstance(out, dict):
        out.pop(first, None)
    return out


def _names(errors: Sequence[Mapping[str, Any]]) -> str:
    """The fields in the client's words; plain ASCII, as headers want it."""
    names = dict.fromkeys(parameter(error) for error in errors)
    return ", ".join(name.encode("ascii", "replace").decode() for name in list(names)[:_MOST_NAMES])
