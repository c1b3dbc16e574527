"""The figures of one moment."""

from dataclasses import dataclass

__all__ = ["Snapshot"]


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
