"""How the server is: every figure of it stands here once, for /health, /admin/guard and the scrape alike."""

from server.adapters.gate import VersionGate
from server.engines.engine import Engine
from server.generation.admission import Admission
from server.generation.recording import EventRecorder
from server.operations.snapshot import Snapshot

__all__ = ["ServerStatus"]


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
