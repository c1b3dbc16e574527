"""The event log of a running server."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Unpack

from tlpo_guard.admin_client import AdminClient, is_path_segment
from tlpo_guard.errors import EventNotFoundError
from tlpo_guard.events.log import LONGEST_PAGE, Deleted, EventFilters, EventStats
from tlpo_guard.events.record import Event

__all__ = ["RemoteEventLog"]


@dataclass(frozen=True, slots=True)
class _Page:
    data: list[Event]
    next_cursor: str | None


class RemoteEventLog:
    """An `EventLog` over a server's `/admin`."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    @property
    def label(self) -> str:
        return self._client.endpoint

    def get(self, event_id: str) -> Event:
        if not is_path_segment(event_id) or event_id == "export":
            raise EventNotFoundError(f"no event has the id {event_id!r}; `tlpo-guard events list` shows them")
        return self._client.ask("GET", f"events/{event_id}", Event)

    def iter(
        self, *, limit: int | None = None, newest_first: bool = False, **filters: Unpack[EventFilters]
    ) -> Iterator[Event]:
        """Events by time; oldest first, the server sends its whole log or a key's or user's part, and what does not fit is
        left out here."""
        if newest_first:
            return islice(self._from_pages(limit, **filters), limit)
        exported = self._export(filters.get("key"), filters.get("user"))
        return islice((event for event in exported if _fits(event, **filters)), limit)

    def page(
        self, *, after: str | None = None, limit: int = 50, **filters: Unpack[EventFilters]
    ) -> tuple[Sequence[Event], str | None]:
        page = self._client.ask("GET", "events", _Page, _parameters(**filters) | {"limit": limit, "cursor": after})
        return page.data, page.next_cursor

    def stats(self) -> EventStats:
        return self._client.ask("GET", "stats", EventStats)

    def delete(
        self,
        *,
        request_id: str | None = None,
        key: str | None = None,
        user: str | None = None,
        before: datetime | None = None,
    ) -> Deleted:
        params = {"request_id": request_id, "key": key, "user": user, "before": before and before.isoformat()}
        return self._client.ask("DELETE", "events", Deleted, params)

    def close(self) -> None:
        self._client.close()

    def _export(self, key: str | None, user: str | None) -> Iterator[Event]:
        from pydantic import TypeAdapter

        reader = TypeAdapter(Event)
        for line in self._client.lines("events/export", {"key": key, "user": user}):
            yield self._client.read(reader, line)

    def _from_pages(self, limit: int | None, **filters: Unpack[EventFilters]) -> Iterator[Event]:
        size, after = LONGEST_PAGE if limit is None else max(1, min(limit, LONGEST_PAGE)), None
        while True:
            events, after = self.page(after=after, limit=size, **filters)
            yield from events
            if after is None:
                return


def _parameters(**filters: Unpack[EventFilters]) -> dict[str, Any]:
    """The filters as the server's query parameters."""
    return {
        "adapter" if name == "adapter_version" else name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in filters.items()
    }


def _fits(event: Event, *, since: datetime | None = None, until: datetime | None = None, **equal: str | None) -> bool:
    if since is not None and event.created_at < since:
        return False
    if until is not None and event.created_at >= until:
        return False
    return all(value is None or getattr(event, name) == value for name, value in equal.items())
