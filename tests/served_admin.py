"""The routes under `/admin` on a real socket, over a real store and a real registry; no model."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request

from server.http.admin import admin_router
from server.http.errors import ApiError, install_error_handlers
from server.operations.erasure import Erasure
from tests.served_app import served_app
from tlpo_guard.events.copies import erase_everywhere
from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.events.store import EventStore
from tlpo_guard.registry import StoredRegistry, open_registry

KEY = "admin-secret"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVENT = Event(
    id="e0",
    created_at=NOON,
    request_id="r0",
    user="ann",
    model="m",
    base_fingerprint="b",
    tokenizer_fingerprint="t",
    adapter_version="base",
    language="ko",
    decided_by="prompt",
    confidence=1.0,
    allow_english=False,
    allow_hanja=False,
    prompt_ids=(1, 2, 3),
    output_ids=(4,),
    position=1,
    token_id=7,
    kind="script",
    candidates=(Candidate(7, -0.5, True), Candidate(8, -1.0, False)),
    confusion_mass=0.25,
    action="masked",
    replacement_id=8,
    temperature=0.7,
    top_p=1.0,
    top_k=None,
    seed=None,
    detector_version="script-1",
)


def event(number: int, **change: Any) -> Event:
    """The event `e{number}`, a day after the one before."""
    moved: dict[str, Any] = {
        "id": f"e{number}",
        "request_id": f"r{number}",
        "created_at": NOON + timedelta(days=number),
    }
    return replace(EVENT, **(moved | change))


@dataclass
class AdminServer:
    """A running server and what it works on."""

    data_dir: Path
    store: EventStore
    registry: StoredRegistry
    app: FastAPI
    url: str = ""
    closed: bool = False  # as without an admin key
    serving: str | None = None  # what a swap ends with; None: with the current version
    queued: list[Event] = field(default_factory=list)  # events that a flush brings into the store
    client: httpx.Client = field(default_factory=lambda: httpx.Client(headers={"Authorization": f"Bearer {KEY}"}))

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request under `/admin` with the right key."""
        return self.client.request(method, f"{self.url}/admin/{path}", **options)

    def authorize(self, request: Request) -> None:
        if self.closed:
            raise ApiError(403, "this server has no admin key", code="admin_closed")
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise ApiError(401, "wrong or missing admin key", param="authorization", code="invalid_api_key")

    async def swap_now(self) -> str:
        return self.serving or self.registry.current()

    async def flush(self) -> None:
        self.store.add(self.queued)
        self.queued.clear()


@contextmanager
def served_admin(data_dir: Path) -> Iterator[AdminServer]:
    """A server over the store and the registry of a folder."""
    store, registry = EventStore(data_dir / "events.sqlite3"), open_registry(data_dir / "adapters")
    served = AdminServer(data_dir, store, registry, FastAPI(title="admin"))
    install_error_handlers(served.app)
    served.app.include_router(
        admin_router(
            store,
            registry,
            served.swap_now,
            lambda: {"mode": "mask", "languages": ("ko",)},
            lambda: {"faults": 0},
            served.authorize,
            served.flush,
            Erasure(partial(erase_everywhere, store, registry, data_dir)).now,
        )
    )
    with closing(store), served_app(served.app, log_level="critical") as (host, port):
        served.url = f"http://{host}:{port}"
        with closing(served.client):
            yield served


def add_adapters(registry: StoredRegistry) -> None:
    """v0001 passed the gate, v0002 did not; neither is current."""
    lineage = {"events": 120, "created_at": "2026-11-24T12:00:00+00:00"}
    registry.add(_write, lineage | {"parent": "base"}, {"passed": True, "perplexity": 12.5})
    registry.add(_write, lineage | {"parent": "v0001"}, {"passed": False, "perplexity": float("inf")})


def _write(folder: Path) -> None:
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
