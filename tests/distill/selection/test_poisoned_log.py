"""One log with every kind of poison in it: none of it is trained on, all of it is named, and it costs little memory."""

import json
import math
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.store import event as plain_event
from distill.config import Selection
from distill.selection.groups import Base
from distill.selection.point_selection import select_points
from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.events.store import EventStore

BASE = Base("base", "tokenizer", 49_152)
REFUSED: dict[str, dict[str, Any]] = {
    "another base model": {"base_fingerprint": "other"},
    "another tokenizer": {"tokenizer_fingerprint": "other"},
    "no context": {"prompt_ids": (), "output_ids": ()},
    "unknown language": {"language": "nowhere"},
    "an uncertain expected language": {"confidence": 0.2},
    "too long": {"prompt_ids": (1,) * 3_000},
}
OUTSIDE: list[dict[str, Any]] = [
    {"token_id": 49_152},
    {"token_id": -1},
    {"prompt_ids": (1, 49_152)},
    {"prompt_ids": (1, -7)},
    {"output_ids": (2**40,), "position": 1},
]
IMPROBABLE: list[dict[str, Any]] = [
    {"confusion_mass": math.inf},
    {"confusion_mass": -0.5},
    {"candidates": (Candidate(1, math.nan, True),)},
    {"candidates": (Candidate(1, math.inf, True),)},
    {"candidates": (Candidate(1, 3.0, True),)},
]
GOOD = 400


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    with closing(EventStore(tmp_path / "events.sqlite3")) as opened:
        yield opened


def event(number: int, **changes: Any) -> Event:
    """The first point of a request of its own, by a user of its own."""
    return replace(plain_event(3 * number), **{"language": "ko", "user": f"user-{number}"} | changes)


def poisoned() -> list[Event]:
    """Poison is also heavier than what is good, so that a draw would take it first."""
    kinds = [*REFUSED.values(), *OUTSIDE, *IMPROBABLE]
    events = [event(1_000 + number, **{"confusion_mass": 1.0} | change) for number, change in enumerate(kinds)]
    flood = {"user": "flooder", "token_id": 7, "confusion_mass": 1.0}
    return [*events, *(event(2_000 + number, **flood) for number in range(3_000))]


def test_poison_is_refused_or_capped_and_named(store: EventStore) -> None:
    store.add([event(number, confusion_mass=0.2) for number in range(GOOD)] + poisoned())
    found = select_points(store, BASE, Selection(), lambda event: None, seed=0, learnt=())
    expected = {"token ids outside the vocabulary": len(OUTSIDE), "impossible probabilities": len(IMPROBABLE)}
    assert found.dropped == dict.fromkeys(REFUSED, 1) | expected
    used = set(found.event_ids)
    assert {event(number).id for number in range(GOOD)} <= used  # the flood has cost nobody a point
    assert len(used) - GOOD <= 512 + 64
    assert {(cap.reason, cap.which) for cap in found.capped} == {("max_per_token", "token 7 in ko")}
    assert found.seen == found.points + sum(found.dropped.values()) + found.left_out
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["capped"][0]["which"] == "token 7 in ko"


def test_a_client_that_floods_with_many_tokens_is_capped_too(store: EventStore) -> None:
    flood = [event(2_000 + n, user="flooder", token_id=n, confusion_mass=1.0) for n in range(3_000)]
    store.add([*(event(number, confusion_mass=0.1) for number in range(GOOD)), *flood])
    settings = Selection(max_points=800, max_held_out=100)
    found = select_points(store, BASE, settings, lambda event: None, seed=0, learnt=())
    used = set(found.event_ids)
    assert sum(one.id in used for one in flood) <= 200 + 25
    assert sum(event(number).id in used for number in range(GOOD)) == GOOD
    assert found.capped[0].reason == "max_user_share" and found.capped[0].which == "user flooder"


_CHILD = """
import sys
from contextlib import closing
from pathlib import Path
from benchmarks.selection import _peak
from distill.config import Selection
from distill.selection.groups import Base
from distill.selection.point_selection import select_points
from tlpo_guard.events.store import EventStore
with closing(EventStore(Path(sys.argv[1]))) as store:
    before = _peak()
    found = select_points(store, Base("base", "tokenizer", 49_152), Selection(), lambda event: None, seed=0, learnt=())
print(found.points, found.dropped["too long"], round(_peak() - before))
"""


def test_a_context_of_100_megabytes_never_gets_into_python(store: EventStore) -> None:
    store.add([event(number) for number in range(60)])
    with closing(sqlite3.connect(store.path)) as connection:
        huge = f"[{'1, ' * 33_000_000}1]"
        connection.execute("UPDATE events SET prompt_ids = ? WHERE id = ?", (huge, event(0).id))
        connection.commit()
    told = subprocess.run([sys.executable, "-c", _CHILD, str(store.path)], capture_output=True, text=True, check=True)
    points, too_long, megabytes = map(int, told.stdout.split())
    assert (points, too_long) == (59, 1)
    assert megabytes < 250  # SQLite itself reads a text to tell its length
