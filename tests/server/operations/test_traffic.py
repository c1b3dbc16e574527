"""Answers on their way into the store's sums."""

from collections.abc import Sequence

from server.operations.traffic import TrafficTally
from tlpo_guard.errors import StoreError
from tlpo_guard.events.traffic import Traffic, TrafficPoint


def test_what_a_store_refuses_is_written_the_next_time() -> None:
    written: list[TrafficPoint] = []
    broken = True

    def write(points: Sequence[TrafficPoint]) -> None:
        if broken:
            raise StoreError("no space")
        written.extend(points)

    tally = TrafficTally(write, now=lambda: 125.0)
    tally.count("ko", "base", Traffic(1, 10))
    tally.flush()
    tally.count("ko", "base", Traffic(1, 5))
    broken = False
    tally.flush()
    assert written == [TrafficPoint(120, "ko", "base", Traffic(2, 15))]
    tally.flush()
    assert len(written) == 1
