"""Under which names the server is asked, and by the scripts of which pages.

A page whose name is made to resolve to this machine (DNS rebinding) reaches a server on the loopback interface as its own
origin, past every rule about other origins. It cannot choose the `Host` that its browser sends, which is its own name.
"""

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from server.http.errors import ApiError

__all__ = ["HostCheck", "allowed_names"]

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ANY = "*"


def allowed_names(host: str, names: Sequence[str]) -> frozenset[str] | None:
    """The names that a `Host` header may have; None for any.

    Args:
        host: the address that the server listens on.
        names: of the settings; empty for the default.
    """
    if _ANY in names:
        return None
    if not names and not _is_loopback(host):
        return None  # what a proxy, a container or a cluster calls the server is not known here
    return frozenset(map(_name, (*_LOOPBACK, host, *names)))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _name(host: str) -> str:
    """The name in a `Host` header, without its port and an address's brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    name, _, port = host.rpartition(":")
    return (name if name and ":" not in name and port.isdigit() else host).lower().rstrip(".")


class HostCheck:
    """Refuses requests for other names than the server's, and those of other origins' pages.

    Where every name is admitted, so is every origin: the check would compare a name that nobody vouches for.

    Args:
        host: the address that the server listens on.
        names: further names; `*` admits all.
        origins: pages that may call the server.
    """

    def __init__(self, app: ASGIApp, *, host: str, names: Sequence[str], origins: Sequence[str]) -> None:
        self._app = app
        self._names = allowed_names(host, names)
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        refusal = self._refusal(Headers(scope=scope)) if scope["type"] == "http" else None
        await (self._app if refusal is None else refusal.response())(scope, receive, send)

    def _refusal(self, headers: Headers) -> ApiError | None:
        if self._names is None:
            return None
        hosts, origin = headers.getlist("host"), headers.get("origin")
        if any(_name(host) not in self._names for host in hosts):
            message = f"this server is not called {hosts[0][:80]!r}; --allowed-hosts names those that it answers to"
            return ApiError(403, message, param="host", code="unknown_host")
        if origin is None or origin in self._origins or _ANY in self._origins:
            return None
        if origin.partition("://")[2] not in hosts:
            message = f"pages of {origin[:80]!r} may not call this server; --cors-origins names those that may"
            return ApiError(403, message, param="origin", code="foreign_origin")
        return None
