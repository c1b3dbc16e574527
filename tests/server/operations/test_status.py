"""Every figure of the server stands once: what counts it is what all readers see."""

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import parser

from server.app import _guard_figures
from server.http.status_routes import status_router
from server.operations.metrics import Metrics
from server.status import ServerStatus
from tlpo_guard.events.writer import WriterCounters


@pytest.fixture
def parts() -> dict[str, Any]:
    """What counts, each figure another one."""
    card = SimpleNamespace(name="smollm2")
    return {
        "engine": SimpleNamespace(card=card, running=True, rows=3, restarts=4, guard_faults=5),
        "gate": SimpleNamespace(version="v0007", failures=8),
        "admission": SimpleNamespace(running=9, waiting=10, closed=False),
        "recorder": SimpleNamespace(
            writer=SimpleNamespace(counters=WriterCounters(11, 12, 13, 14)), commit_failures=15
        ),
    }


def asked(status: ServerStatus, path: str) -> httpx.Response:
    app = FastAPI()
    app.include_router(status_router(status, Metrics(status.read)))
    return TestClient(app).get(path)


def scraped(status: ServerStatus) -> dict[str, float]:
    families = parser.text_string_to_metric_families(asked(status, "/metrics").text)
    return {sample.name.removeprefix("tlpo_guard_"): sample.value for family in families for sample in family.samples}


def test_all_readers_see_the_same_figures(parts: dict[str, Any]) -> None:
    status = ServerStatus(**parts)
    health = asked(status, "/health")
    assert health.status_code == 200
    assert health.json() == {
        "status": "ok",
        "model": "smollm2",
        "adapter": "v0007",
        "running": 9,
        "waiting": 10,
        "engine_rows": 3,
        "engine_restarts": 4,
        "guard_faults": 5,
        "events_written": 11,
        "events_dropped": 12,
        "events_failed": 13,
        "events_pending": 14,
        "commit_failures": 15,
        "swap_failures": 8,
    }
    figures, guard = scraped(status), _guard_figures(status)
    for name, value in health.json().items():
        if isinstance(value, int) and name != "engine_rows":
            gauge = name in ("running", "waiting", "events_pending")
            assert figures[name if gauge else f"{name}_total"] == value
    assert guard["events"] == {"written": 11, "dropped": 12, "failed": 13, "pending": 14}
    assert (guard["adapter"], guard["faults"], guard["commit_failures"]) == ("v0007", 5, 15)


def test_figures_are_those_of_the_moment(parts: dict[str, Any]) -> None:
    status = ServerStatus(**parts)
    before = status.read()
    parts["engine"].restarts += 1
    parts["recorder"].commit_failures += 1
    changed = {name: value for name, value in asdict(status.read()).items() if value != asdict(before)[name]}
    assert changed == {"engine_restarts": 5, "commit_failures": 16}


def test_a_stopped_engine_and_a_server_that_is_about_to_stop_say_so(parts: dict[str, Any]) -> None:
    status = ServerStatus(**parts)
    assert (asked(status, "/ready").status_code, asked(status, "/ready").json()) == (
        200,
        {"ready": True, "reason": None},
    )
    parts["engine"].running = False
    assert (asked(status, "/health").status_code, asked(status, "/health").json()["status"]) == (503, "engine stopped")
    assert (asked(status, "/ready").status_code, asked(status, "/ready").json()["reason"]) == (503, "engine stopped")
    assert scraped(status)["engine_up"] == 0
    parts["admission"].closed = True
    assert asked(status, "/ready").json() == {"ready": False, "reason": "draining"}
    assert status.read().draining
