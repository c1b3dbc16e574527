"""Requests to the `/admin` of a running server."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from tlpo_guard.errors import (
    AdapterNotFoundError,
    ConfigurationError,
    EventNotFoundError,
    RegistryError,
    StoreError,
    TlpoGuardError,
)

if TYPE_CHECKING:
    import httpx
    from pydantic import TypeAdapter

__all__ = ["AdminClient", "is_path_segment"]

T = TypeVar("T")

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 300.0  # a swap waits for the answers under way, and a large log takes time to delete from
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ERRORS: dict[str, type[TlpoGuardError]] = {
    "event_not_found": EventNotFoundError,
    "adapter_not_found": AdapterNotFoundError,
    "adapter_unusable": RegistryError,
    "store_unavailable": StoreError,
    "missing_parameter": StoreError,
    "invalid_value": ConfigurationError,
}


class AdminClient:
    """A running server, as its admin sees it.

    Args:
        endpoint: its address, with or without `/v1`.
        admin_key: the server's `admin_key`.

    Raises:
        ConfigurationError: the endpoint is no address.
    """

    def __init__(self, endpoint: str, admin_key: str | None) -> None:
        import httpx

        self.endpoint = endpoint.strip().rstrip("/").removesuffix("/v1")
        key = (admin_key or "").strip()
        try:
            parts = urlsplit(self.endpoint)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
                raise ValueError("not the address of a server")
            self._client = httpx.Client(
                base_url=f"{self.endpoint}/admin/",
                headers=[(b"Authorization", f"Bearer {key}".encode())] if key else [],
                timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
            )
        except (ValueError, httpx.InvalidURL) as exc:
            raise ConfigurationError(
                f"{endpoint!r} is no endpoint ({exc}); name one such as http://127.0.0.1:8000"
            ) from exc

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def ask(self, method: str, path: str, answer: type[T], params: Mapping[str, Any] | None = None) -> T:
        """One request under `/admin`.

        Args:
            method: GET, POST or DELETE.
            path: below `/admin/`.
            answer: what the server's JSON is read as.
            params: of the query; those that are None are left out.

        Raises:
            TlpoGuardError: the server does not answer, refuses, or says something else.
        """
        from pydantic import TypeAdapter

        with self._sent(method, path, params) as response:
            return self.read(TypeAdapter(answer), response.read())

    def lines(self, path: str, params: Mapping[str, Any]) -> Iterator[bytes]:
        """The lines of an answer as they come; errors as with `ask`, also where it breaks off."""
        with self._sent("GET", path, params) as response:
            rest = b""
            for piece in response.iter_bytes():
                *lines, rest = (rest + piece).split(b"\n")  # httpx would also split at U+2028, which JSON may hold
                yield from lines

    def read(self, reader: "TypeAdapter[T]", text: bytes) -> T:
        """A value from the server's JSON.

        Raises:
            TlpoGuardError: it is none.
        """
        from pydantic import ValidationError

        try:
            return reader.validate_json(text)
        except ValidationError as exc:
            where = f"{self.endpoint} answered what this version does not understand"
            raise TlpoGuardError(f"{where} ({exc.errors()[0]['msg']}); is it a tlpo-guard server?") from exc

    @contextmanager
    def _sent(self, method: str, path: str, params: Mapping[str, Any] | None) -> "Iterator[httpx.Response]":
        import httpx

        given = {name: value for name, value in (params or {}).items() if value is not None}
        try:
            with self._client.stream(method, path, params=given) as response:
                if response.status_code != 200:
                    raise self._refusal(response.status_code, response.read())
                yield response
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            reason = str(exc) or type(exc).__name__
            message = f"{self.endpoint} does not answer ({reason}); start `tlpo-guard serve` or name another --endpoint"
            raise TlpoGuardError(message) from exc

    def _refusal(self, status: int, body: bytes) -> TlpoGuardError:
        try:
            error = json.loads(body)["error"]
            message, code = str(error["message"]), error["code"]
        except (ValueError, KeyError, TypeError):
            return TlpoGuardError(f"{self.endpoint} answered with status {status}; is it a tlpo-guard server?")
        if status in (401, 403):
            way_out = "give the server's admin key with TLPO_GUARD_ADMIN_KEY"
            return TlpoGuardError(f"{self.endpoint} refused: {message}; {way_out}")
        if status == 404 and code is None:
            return TlpoGuardError(f"{self.endpoint} has no /admin; is it a tlpo-guard server of this version?")
        return _ERRORS.get(str(code), TlpoGuardError)(message)


def is_path_segment(name: str) -> bool:
    """Whether a name can stand in a path below `/admin`; everything else would be another path."""
    return _NAME.fullmatch(name) is not None
