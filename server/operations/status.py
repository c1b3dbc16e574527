"""How the server is: every figure of it stands here once, for /health, /admin/guard and the scrape alike."""

from dataclasses import dataclass

from server.adapters.gate import VersionGate
from server.engines.engine import Engine
from server.generation.admission import Admission
from server.generation.recording import EventRecorder

__all__ = ["ServerStatus", "Snapshot"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The figures of one moment; counts are since the start.

    Attributes:
        model: served name.
        adapter: adapter version in the weights, `base` for none.
        running: answers being generated.
        waiting: answers that wait for a place.
        draining: whether the server takes no more requests, since it is about to stop.
        engine_up: whether the engine takes requests.
        engine_rows: answers that the engine holds.
        engine_restarts: how often the engine failed and was started anew.
        guard_faults: steps in which the guard itself failed.
        events_written: events committed to the store.
        events_dropped: events lost to a full queue of the writer.
        events_failed: events that the store refused.
        events_pending: events that wait for the store.
        commit_failures: requests whose answers went out before their events were stored.
        swap_failures: adapter versions that could not be served.
    """

    model: str
    adapter: str
    running: int
    waiting: int
    draining: bool
    engine_up: bool
    engine_rows: int
    engine_restarts: int
    guard_faults: int
    events_written: int
    events_dropped: int
    events_failed: int
    events_pending: int
    commit_failures: int
    swap_failures: int


class ServerStatus:
    """Reads the figures where they are counted."""

    def __init__(self, engine: Engine, gate: VersionGate, admission: Admission, recorder: EventRecorder) -> None:
        self._engine = engine
        self._gate = gate
        self._admission = admission
        self._recorder = recorder

    def read(self) -> Snapshot:
        """The figures now; may be called from any thread."""
        events = self._recorder.writer.counters
        return Snapshot(
            model=self._engine.card.name,
            adapter=self._gate.version,
            running=self._admission.running,
            waiting=self._admission.waiting,
            draining=self._admission.closed,
            engine_up=self._engine.running,
            engine_rows=self._engine.rows,
            engine_restarts=self._engine.restarts,
            guard_faults=self._engine.guard_faults,
            events_written=events.written,
            events_dropped=events.dropped,
            events_failed=events.failed,
            events_pending=events.pending,
            commit_failures=self._recorder.commit_failures,
            swap_failures=self._gate.failures,
        )
