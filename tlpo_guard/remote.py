"""The confusion log and the registry of a running server, over its `/admin`."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack
from urllib.parse import urlsplit

from tlpo_guard.errors import (
    AdapterNotFoundError,
    ConfigurationError,
    EventNotFoundError,
    RegistryError,
    StoreError,
    TlpoGuardError,
)
from tlpo_guard.events.record import Event
from tlpo_guard.registry import AdapterVersion, Pointers

if TYPE_CHECKING:
    import httpx
    from pydantic import TypeAdapter

    from tlpo_guard.events.query import EventFilters
    from tlpo_guard.events.store import EventStats

__all__ = ["RemoteEvents", "RemoteRegistry", "RemoteServer"]

T = TypeVar("T")

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 300.0  # a swap waits for the answers under way, and a large log takes time to delete from
_PAGE = 500
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # everything else would be another path
_ERRORS: dict[str, type[TlpoGuardError]] = {
    "event_not_found": EventNotFoundError,
    "adapter_not_found": AdapterNotFoundError,
    "adapter_unusable": RegistryError,
    "store_unavailable": StoreError,
}


@dataclass(frozen=True, slots=True)
class _Page:
    data: list[Event]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Deleted:
    deleted: int


@dataclass(frozen=True, slots=True)
class _Adapter:
    name: str
    damage: str
    lineage: dict[str, Any]
    report: dict[str, Any] | None

    def version(self) -> AdapterVersion:
        return AdapterVersion(self.name, Path(self.name), self.lineage, self.report, self.damage)


@dataclass(frozen=True, slots=True)
class _Adapters:
    promoted: str
    pinned: str | None
    data: list[_Adapter]


@dataclass(frozen=True, slots=True)
class _Served:
    current: str
    serving: str
    pinned: str | None = None
    promoted: str | None = None


class RemoteServer:
    """A running server.

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
            raise ConfigurationError(f"{endpoint!r} is no endpoint ({exc}); one is http://127.0.0.1:8000") from exc
        self.events = RemoteEvents(self)
        self.adapters = RemoteRegistry(self)

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


class RemoteEvents:
    """A server's confusion log; what the command line needs of an EventStore."""

    def __init__(self, server: RemoteServer) -> None:
        self._server = server

    def iter(
        self, *, limit: int | None = None, newest_first: bool = False, **filters: "Unpack[EventFilters]"
    ) -> Iterator[Event]:
        """Events by time.

        Raises:
            ConfigurationError: oldest first with other filters than `user`, which no server offers.
        """
        if newest_first:
            return islice(self._pages(limit, **filters), limit)
        user = filters.pop("user", None)
        if any(value is not None for value in filters.values()):
            raise ConfigurationError(f"a server exports all events or a user's, not by {', '.join(filters)}")
        return islice(self._export(user), limit)

    def export_user(self, user: str) -> Iterator[Event]:
        """Everything held on a user, oldest first."""
        return self._export(user)

    def get(self, event_id: str) -> Event:
        """One event.

        Raises:
            EventNotFoundError: no such id.
        """
        if not _NAME.fullmatch(event_id) or event_id == "export":
            raise EventNotFoundError(f"no event has the id {event_id!r}; `tlpo-guard events list` shows them")
        return self._server.ask("GET", f"events/{event_id}", Event)

    def stats(self) -> "EventStats":
        """Counts over the whole log."""
        from tlpo_guard.events.store import EventStats

        return self._server.ask("GET", "stats", EventStats)

    def delete(self, *, request_id: str | None = None, user: str | None = None, before: datetime | None = None) -> int:
        """Delete the events that fit all that is given; how many went.

        Raises:
            TlpoGuardError: nothing was given.
        """
        params = {"request_id": request_id, "user": user, "before": before and before.isoformat()}
        return self._server.ask("DELETE", "events", _Deleted, params).deleted

    def _export(self, user: str | None) -> Iterator[Event]:
        from pydantic import TypeAdapter

        reader = TypeAdapter(Event)
        for line in self._server.lines("events/export", {"user": user}):
            yield self._server.read(reader, line)

    def _pages(self, limit: int | None, **filters: "Unpack[EventFilters]") -> Iterator[Event]:
        params: dict[str, Any] = {
            "adapter" if name == "adapter_version" else name: value.isoformat()
            if isinstance(value, datetime)
            else value
            for name, value in filters.items()
        }
        params["limit"] = _PAGE if limit is None else min(limit, _PAGE)
        while True:
            page = self._server.ask("GET", "events", _Page, params)
            yield from page.data
            if page.next_cursor is None:
                return
            params["cursor"] = page.next_cursor


class RemoteRegistry:
    """A server's adapter versions; what the command line needs of an AdapterRegistry."""

    def __init__(self, server: RemoteServer) -> None:
        self._server = server

    def current(self) -> str:
        """The version that the server is to serve."""
        return self.pointers().current

    def pointers(self) -> Pointers:
        """The promoted and the pinned version."""
        found = self._server.ask("GET", "adapters", _Adapters)
        return Pointers(found.promoted, found.pinned)

    def list(self) -> Sequence[AdapterVersion]:
        """All versions, oldest first; damaged ones among them."""
        return [adapter.version() for adapter in self._server.ask("GET", "adapters", _Adapters).data]

    def get(self, name: str) -> AdapterVersion:
        """One version; its path is only its name, for the folder is the server's.

        Raises:
            AdapterNotFoundError: no version has this name.
            RegistryError: its lineage or report cannot be read.
        """
        return self._server.ask("GET", f"adapters/{_checked(name)}", _Adapter).version()

    def promote(self, name: str) -> None:
        """Promote a version, and have the server swap to it unless another is pinned.

        Raises:
            RegistryError: an unknown or damaged version, or one that the server does not serve.
        """
        self._moved(f"adapters/{_checked(name)}/promote")

    def rollback(self) -> str:
        """Go back to the version that was promoted before. The version that is promoted now.

        Raises:
            RegistryError: that version is damaged, or the server does not serve it.
        """
        return self._moved("adapters/rollback").promoted

    def pin(self, name: str) -> None:
        """Have the server serve this version, whatever is promoted, until `unpin`; raises as `promote`."""
        self._moved(f"adapters/{_checked(name)}/pin")

    def unpin(self) -> str:
        """Have the server serve the promoted version again. The version that is current now; raises as `rollback`."""
        return self._moved("adapters/unpin").current

    def _moved(self, path: str) -> Pointers:
        served = self._server.ask("POST", path, _Served)
        if served.current != served.serving:
            now = f"{served.current} is the current version now, but {self._server.endpoint} serves {served.serving}"
            raise RegistryError(f"{now}: answers are under way, or the version does not fit; the server's log tells")
        return Pointers(served.promoted or served.current, served.pinned)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise AdapterNotFoundError(f"no adapter version {name!r}; `tlpo-guard adapters list` shows them")
    return name
