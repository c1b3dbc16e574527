"""`/admin`: the confusion log, the adapter versions and the guard, for whoever runs the server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from server.adapters.switching import Moved, VersionSwitch
from server.http.admin_schemas import (
    AdapterBody,
    AdapterList,
    CanaryBody,
    Deleted,
    Deletion,
    EventPage,
    EventQuery,
    Export,
    Served,
)
from server.http.errors import ApiError, ErrorBody
from server.http.keyed import KEY_SCHEMES, keyed
from server.operations.deletion import Deletion as EventDeletion
from tlpo_guard.errors import (
    AdapterNotFoundError,
    ConfigurationError,
    EventNotFoundError,
    RegistryError,
    StoreError,
    TlpoGuardError,
)
from tlpo_guard.events.log import EventLog, EventStats
from tlpo_guard.events.record import Event
from tlpo_guard.registry import AdapterRegistry, AdapterVersion, Pointers, unreachable
from tlpo_guard.registry.canary import MOST_SHARE

__all__ = ["admin_router"]

_NDJSON = "application/x-ndjson"
_LINES = 200  # events that one piece of an export holds

# The first that fits counts.
_STATUS: tuple[tuple[type[TlpoGuardError], int, str | None, str], ...] = (
    (EventNotFoundError, 404, "event_id", "event_not_found"),
    (AdapterNotFoundError, 404, "version", "adapter_not_found"),
    (ConfigurationError, 400, "cursor", "invalid_value"),
    (RegistryError, 409, None, "adapter_unusable"),
    (StoreError, 503, None, "store_unavailable"),
    (TlpoGuardError, 500, None, "internal_error"),
)
_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "A parameter that cannot be used"},
    401: {"model": ErrorBody, "description": "No admin key, or a wrong one"},
    403: {"model": ErrorBody, "description": "The server has no admin key, and `/admin` is closed"},
    503: {"model": ErrorBody, "description": "The data folder or the event store in it cannot be used"},
    "default": {"model": ErrorBody, "description": "Any other error"},
}
_NO_EVENT: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "No event has this id"}}
_NO_VERSION: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody, "description": "No version has this name"}}
_UNUSABLE: dict[int | str, dict[str, Any]] = {
    409: {"model": ErrorBody, "description": "A damaged version, or one that was made for another base"}
}
_LINES_OF_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "One event a line", "content": {_NDJSON: {"schema": {"type": "string"}}}}
}

Version = Annotated[str, Path(max_length=64)]  # longer ones would be an error of the file system
Share = Annotated[int, Query(ge=1, le=MOST_SHARE, description="Percent of the minutes.")]


class _Route(APIRoute):
    """Tells this project's errors as the API's."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_or_refuse(request: Request) -> Response:
            try:
                return await handle(request)
            except TlpoGuardError as exc:
                raise _as_api_error(exc) from exc
            except OSError as exc:
                message = f"the data folder cannot be read or written ({exc.strerror}); check its rights and space"
                raise ApiError(503, message, code="data_unavailable") from exc

        return handle_or_refuse


def admin_router(
    log: EventLog,
    registry: AdapterRegistry,
    swap_now: Callable[[], Awaitable[str]],
    policy: Callable[[], dict[str, Any]],
    guard: Callable[[], dict[str, Any]],
    authorize: Callable[[Request], object],
    flush: Callable[[], Awaitable[None]],
    erase: Callable[[], Awaitable[tuple[str, ...]]],
) -> APIRouter:
    """The routes under `/admin`.

    Args:
        log: the confusion log.
        registry: the adapter versions.
        swap_now: follows the registry's pointer at once; the version that is served then.
        policy: the guard's default policy, for JSON.
        guard: how the guard fares, for JSON.
        authorize: looks at a request before its body is read; raises ApiError or RefusalError for a caller who may not.
        flush: brings the events that are still queued into the store.
        erase: gets rid of what files still hold of deleted events; tells where something is left, and until when.
    """
    router = APIRouter(
        prefix="/admin",
        tags=["admin"],
        route_class=keyed(_Route, authorize),
        dependencies=KEY_SCHEMES,
        responses=_ERRORS,
    )
    _add_events(router, log, flush, EventDeletion(log, flush, erase))
    _add_adapters(router, registry, VersionSwitch(registry, swap_now))

    @router.get("/guard")
    def show_guard() -> dict[str, Any]:
        """How the guard fares."""
        return guard()

    @router.get("/policy")
    def show_policy() -> dict[str, Any]:
        """The policy of requests that do not say."""
        return policy()

    return router


def _add_events(
    router: APIRouter,
    log: EventLog,
    flush: Callable[[], Awaitable[None]],
    delete: EventDeletion,
) -> None:
    @router.get("/events")
    def list_events(query: Annotated[EventQuery, Query()]) -> EventPage:
        """Logged confusion points, newest first."""
        events, following = log.page(
            language=query.language,
            key=query.key,
            user=query.user,
            request_id=query.request_id,
            adapter_version=query.adapter,
            model=query.model,
            kind=query.kind,
            action=query.action,
            since=query.since,
            until=query.until,
            limit=query.limit,
            after=query.cursor,
        )
        return EventPage(data=list(events), next_cursor=following)

    @router.delete("/events")
    async def delete_events(query: Annotated[Deletion, Query()]) -> Deleted:
        """Delete the events that fit all that is given, those on their way into the log among them."""
        wanted = dict(query)
        if all(value is None for value in wanted.values()):
            message = "nothing says which events to delete; give a request, a key, a user or a date"
            raise ApiError(400, message, code="missing_parameter")
        gone = await delete(**wanted)
        return Deleted(deleted=gone.count, by_key=gone.by_key, left=gone.left)

    @router.get("/events/export", response_class=StreamingResponse, responses=_LINES_OF_EVENTS)
    async def export_events(query: Annotated[Export, Query()]) -> StreamingResponse:
        """Events as JSON lines, oldest first: everything held on a user, of one key or of all, or the whole log."""
        await flush()
        pieces = _pieces(log.iter(key=query.key, user=query.user))
        first = await asyncio.to_thread(next, pieces, b"")  # a store that fails shows before the status line goes out
        headers = {"Content-Disposition": 'attachment; filename="events.jsonl"'}
        return StreamingResponse(_stream(first, pieces), media_type=_NDJSON, headers=headers)

    @router.get("/events/{event_id}", responses=_NO_EVENT)
    def show_event(event_id: str) -> Event:
        """One confusion point."""
        return log.get(event_id)

    @router.get("/stats")
    def show_stats() -> EventStats:
        """Counts over the whole log."""
        return log.stats()


def _add_adapters(router: APIRouter, registry: AdapterRegistry, switch: VersionSwitch) -> None:
    @router.get("/adapters", responses=_UNUSABLE)
    def list_adapters() -> AdapterList:
        """All adapter versions, damaged ones among them."""
        pointers = registry.pointers()
        return AdapterList(
            current=pointers.current,
            promoted=pointers.promoted,
            pinned=pointers.pinned,
            canary=_canary(pointers),
            data=[_adapter(version, pointers.current) for version in registry.list()],
        )

    @router.post("/adapters/rollback", responses=_UNUSABLE, response_model_exclude_none=True)
    async def rollback() -> Served:
        """Go back to the version that was promoted before; while another is pinned, that one is still served."""
        return _served(await switch.rollback())

    @router.post("/adapters/unpin", responses=_UNUSABLE, response_model_exclude_none=True)
    async def unpin() -> Served:
        """Serve the promoted version again."""
        return _served(await switch.unpin())

    @router.post("/adapters/canary/stop", responses=_UNUSABLE, response_model_exclude_none=True)
    async def stop_canary() -> Served:
        """Serve the current version all the time again."""
        return _served(await switch.stop_canary())

    @router.get("/adapters/{version}", responses=_NO_VERSION | _UNUSABLE)
    def show_adapter(version: Version) -> AdapterBody:
        """One version with its lineage and its gate's report."""
        return _adapter(registry.get(version), registry.current())

    @router.post("/adapters/{version}/promote", responses=_NO_VERSION | _UNUSABLE, response_model_exclude_none=True)
    async def promote(version: Version) -> Served:
        """Promote a version, `base` for the bare model, and swap to it unless another is pinned."""
        return _served(await switch.promote(version))

    @router.post("/adapters/{version}/pin", responses=_NO_VERSION | _UNUSABLE, response_model_exclude_none=True)
    async def pin(version: Version) -> Served:
        """Swap to a version, `base` for the bare model, and stay there whatever is promoted, until `unpin`."""
        return _served(await switch.pin(version))

    @router.post("/adapters/{version}/canary", responses=_NO_VERSION | _UNUSABLE, response_model_exclude_none=True)
    async def start_canary(version: Version, share: Share) -> Served:
        """Serve a version, `base` for the bare model, for a share of the minutes beside the current one."""
        return _served(await switch.start_canary(version, share))


def _served(moved: Moved) -> Served:
    pointers = moved.pointers
    promoted = None if pointers.pinned is None else pointers.promoted
    return Served(
        current=pointers.current,
        serving=moved.serving,
        pinned=pointers.pinned,
        promoted=promoted,
        canary=_canary(pointers),
    )


def _canary(pointers: Pointers) -> CanaryBody | None:
    canary = pointers.canary
    return None if canary is None else CanaryBody(version=canary.version, share=canary.share, since=canary.since)


def _adapter(version: AdapterVersion, current: str) -> AdapterBody:
    return AdapterBody(
        name=version.name,
        current=version.name == current,
        passed=version.passed,
        damage=version.damage,
        lineage=version.lineage,
        report=version.report,
    )


def _pieces(events: Iterator[Event]) -> Iterator[bytes]:
    """Events as JSON lines, many at once, so that threads are changed rarely."""
    adapter = TypeAdapter(Event)
    while chunk := list(islice(events, _LINES)):
        yield b"".join(adapter.dump_json(event) + b"\n" for event in chunk)


async def _stream(first: bytes, rest: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    while piece := await asyncio.to_thread(next, rest, b""):
        yield piece


def _as_api_error(exc: TlpoGuardError) -> ApiError:
    if isinstance(exc, RegistryError) and unreachable(exc):
        return ApiError(503, str(exc), code="data_unavailable")
    status, param, code = next(row[1:] for row in _STATUS if isinstance(exc, row[0]))
    return ApiError(status, str(exc), param=param, code=code)
