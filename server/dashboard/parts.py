"""What the pages are made of."""

from dataclasses import dataclass
from pathlib import Path

from server.adapters.gate import VersionGate
from server.adapters.switching import VersionSwitch
from server.engines.engine import Engine
from server.http.generation_routes import Answering
from server.keys.ring import KeyRing
from server.operations.deletion import Deletion
from server.operations.metrics import Metrics
from server.status import ServerStatus
from tlpo_guard.events.opening import EventStore
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.registry import StoredRegistry

__all__ = ["DashboardParts"]


@dataclass(frozen=True, slots=True)
class DashboardParts:
    """What the pages show and what their buttons do.

    Attributes:
        policy: of requests that do not say.
        data_dir: where a distillation under way says how far it is.
    """

    keys: KeyRing
    store: EventStore
    registry: StoredRegistry
    engine: Engine
    gate: VersionGate
    status: ServerStatus
    metrics: Metrics
    answering: Answering
    switch: VersionSwitch
    delete: Deletion
    policy: GuardPolicy
    data_dir: Path
