"""Routes that look at a request's key before anything of its body is read."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPBearer

__all__ = ["KEY_SCHEMES", "keyed"]

# For the OpenAPI document only: the routes have looked at the key themselves.
KEY_SCHEMES = [
    Depends(HTTPBearer(scheme_name="bearer", auto_error=False)),
    Depends(APIKeyHeader(name="X-Api-Key", scheme_name="header", auto_error=False)),
]


def keyed(route_class: type[APIRoute], check: Callable[[Request], object]) -> type[APIRoute]:
    """A kind of route that serves only requests which pass a check.

    Args:
        check: raises RefusalError for a request that may not be served.
    """

    class KeyedRoute(route_class):  # type: ignore[misc, valid-type]
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            serve = super().get_route_handler()

            async def handle(request: Request) -> Response:
                check(request)
                response: Response = await serve(request)
                return response

            return handle

    return KeyedRoute
