"""`/admin` over HTTP."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text

from tests.served_admin import KEY, NOON, AdminServer, add_adapters, event, served_admin
from tlpo_guard.errors import RegistryError

EVENTS = (
    event(0),
    event(1, user="bob", language="ru", adapter_version="v0001", action="observed", replacement_id=None, seed=5),
    event(2, user=None, kind="word", output_ids=()),
    event(3, request_id="r0", position=2),
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[AdminServer]:
    with served_admin(tmp_path) as running:
        running.store.add(EVENTS)
        add_adapters(running.registry)
        yield running


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


def left(server: AdminServer) -> list[str]:
    return [found.id for found in server.store.iter()]


def error(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"}
    found: dict[str, Any] = answer.json()["error"]
    assert set(found) == {"message", "type", "param", "code"}
    return found


def test_events_come_newest_first_with_every_field(server: AdminServer) -> None:
    answer = server.ask("GET", "events")
    assert ids(answer) == ["e3", "e2", "e1", "e0"]
    assert (answer.json()["object"], answer.json()["next_cursor"]) == ("list", None)
    expected = json.loads(json.dumps(EVENTS[1].to_json())) | {"created_at": "2026-11-24T12:00:00Z"}
    assert answer.json()["data"][2] == expected
    assert server.ask("GET", "events/e1").json() == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"language": "ru"}, ["e1"]),
        ({"user": "ann"}, ["e3", "e0"]),
        ({"request_id": "r0"}, ["e3", "e0"]),
        ({"adapter": "v0001"}, ["e1"]),
        ({"kind": "word"}, ["e2"]),
        ({"action": "observed"}, ["e1"]),
        ({"user": "ann", "language": "ru"}, []),
        ({"since": "2026-11-25"}, ["e3", "e2"]),
        ({"since": "2026-11-25T12:00:00"}, ["e3", "e2"]),
        ({"since": "2026-11-25T12:00:01Z"}, ["e3"]),
        ({"until": "2026-11-25T14:00:00+02:00"}, ["e1", "e0"]),
        ({"until": "2026-11-25T14:00:01+02:00", "since": "2026-11-25T12:00:00Z"}, ["e2"]),
        ({"limit": "2"}, ["e3", "e2"]),
    ],
)
def test_filters(server: AdminServer, query: dict[str, str], expected: list[str]) -> None:
    assert ids(server.ask("GET", "events", params=query)) == expected


def test_cursors_lead_through_all_events_once_also_through_those_of_one_moment(server: AdminServer) -> None:
    server.store.add([event(10 + i, created_at=NOON + timedelta(days=1)) for i in range(7)])
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 3}
    while True:
        answer = server.ask("GET", "events", params=query)
        seen += ids(answer)
        query["cursor"] = answer.json()["next_cursor"]
        if query["cursor"] is None:
            break
        assert len(ids(answer)) == 3
        server.store.add([event(100 + len(seen))])  # what comes in meanwhile is newer, and moves nothing
    assert seen == ["e3", "e2", "e16", "e15", "e14", "e13", "e12", "e11", "e10", "e1", "e0"]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"cursor": "?"}, "cursor"),
        ({"cursor": ""}, "cursor"),
        ({"cursor": "bm90IGEgZGF0ZQ"}, "cursor"),
        ({"since": "yesterday"}, "since"),
        ({"until": "1700000000"}, "until"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "since"),
        ({"usr": "ann"}, "usr"),
    ],
)
def test_a_bad_parameter_is_named(server: AdminServer, query: dict[str, str], param: str) -> None:
    found = error(server.ask("GET", "events", params=query), 400)
    assert found["param"].removeprefix("query.") == param
    assert param in found["message"]


def test_a_plus_that_became_a_space_is_explained(server: AdminServer) -> None:
    found = error(server.ask("GET", "events?since=2026-11-25T12:00:00+00:00"), 400)
    assert "%2B" in found["message"]


def test_an_unknown_event_is_not_found(server: AdminServer) -> None:
    assert error(server.ask("GET", "events/e9"), 404) == {
        "message": "no event has the id 'e9'; `tlpo-guard events list` shows them",
        "type": "invalid_request_error",
        "param": "event_id",
        "code": "event_not_found",
    }


@pytest.mark.parametrize(
    ("query", "gone"),
    [
        ({"user": "ann"}, ["e0", "e3"]),
        ({"request_id": "r1"}, ["e1"]),
        ({"before": "2026-11-25"}, ["e0", "e1"]),
        ({"before": "2026-11-25", "user": "ann"}, ["e0"]),
        ({"user": "nobody"}, []),
    ],
)
def test_delete_takes_what_was_named_and_nothing_else(
    server: AdminServer, query: dict[str, str], gone: list[str]
) -> None:
    answer = server.ask("DELETE", "events", params=query)
    assert (answer.status_code, answer.json()["deleted"]) == (200, len(gone))
    assert left(server) == [found.id for found in EVENTS if found.id not in gone]


@pytest.mark.parametrize("query", [{}, {"usr": "ann"}, {"before": "2099-01-01", "usr": "ann"}, {"before": "20991399"}])
def test_a_delete_that_is_not_understood_deletes_nothing(server: AdminServer, query: dict[str, str]) -> None:
    error(server.ask("DELETE", "events", params=query), 400)
    assert len(left(server)) == 4


def test_delete_and_export_reach_events_that_are_still_queued(server: AdminServer) -> None:
    server.queued.append(event(5))
    assert len(server.ask("GET", "events/export", params={"user": "ann"}).text.splitlines()) == 3
    server.queued.append(event(6))
    assert server.ask("DELETE", "events", params={"user": "ann"}).json()["deleted"] == 4
    assert left(server) == ["e1", "e2"]


def test_export_holds_all_events_oldest_first_or_a_users(server: AdminServer) -> None:
    answer = server.ask("GET", "events/export")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["id"] for row in rows] == ["e0", "e1", "e2", "e3"]
    assert rows[1] == server.ask("GET", "events/e1").json()
    anns = server.ask("GET", "events/export", params={"user": "ann"})
    assert [json.loads(line)["id"] for line in anns.text.splitlines()] == ["e0", "e3"]
    assert server.ask("GET", "events/export", params={"user": "nobody"}).content == b""


def test_a_large_export_is_whole(server: AdminServer) -> None:
    server.store.add([event(10 + i) for i in range(1_234)])
    assert len(server.ask("GET", "events/export").content.splitlines()) == 1_238


def test_stats(server: AdminServer) -> None:
    assert server.ask("GET", "stats").json() == {
        "total": 4,
        "requests": 3,
        "mean_confusion_mass": 0.25,
        "by_language": {"ko": 3, "ru": 1},
        "by_action": {"masked": 3, "observed": 1},
        "by_adapter": {"base": 3, "v0001": 1},
        "by_kind": {"script": 3, "word": 1},
        "users": 2,
        "by_key": {"": 4},
    }


def test_a_store_that_fails_is_told_without_what_it_holds(server: AdminServer) -> None:
    with create_engine(f"sqlite:///{server.store.path}").begin() as connection:
        connection.execute(text("ALTER TABLE events RENAME TO gone"))
    for method, path in (
        ("GET", "events?user=ann"),
        ("GET", "events/e0"),
        ("GET", "events/export?user=ann"),
        ("GET", "stats"),
        ("DELETE", "events?user=ann"),
    ):
        found = error(server.ask(method, path), 503)
        assert (found["type"], found["code"]) == ("server_error", "store_unavailable")
        assert "no such table: events" in found["message"]
        assert "ann" not in found["message"]


def test_adapters_are_listed_with_lineage_and_report(server: AdminServer) -> None:
    server.registry.promote("v0001")
    (server.registry.root / "v0002" / "report.json").write_text("{")
    body = server.ask("GET", "adapters").json()
    assert body["current"] == "v0001"
    first, second = body["data"]
    assert (first["name"], first["current"], first["passed"], first["damage"]) == ("v0001", True, True, "")
    assert first["report"] == {"passed": True, "perplexity": 12.5}
    assert first["lineage"]["parent"] == "base"
    assert (second["name"], second["current"], second["passed"], second["report"]) == ("v0002", False, False, None)
    assert "v0002 is damaged" in second["damage"]
    assert server.ask("GET", "adapters/v0001").json() == first
    assert error(server.ask("GET", "adapters/v0002"), 409)["code"] == "adapter_unusable"


def test_a_report_that_json_cannot_hold_is_shown_all_the_same(server: AdminServer) -> None:
    assert server.ask("GET", "adapters/v0002").json()["report"] == {"passed": False, "perplexity": None}


def test_promote_and_rollback_move_the_pointer_and_swap(server: AdminServer) -> None:
    for path, current in [
        ("adapters/v0001/promote", "v0001"),
        ("adapters/v0002/promote", "v0002"),
        ("adapters/rollback", "v0001"),
        ("adapters/base/promote", "base"),
        ("adapters/rollback", "v0001"),
        ("adapters/rollback", "base"),
    ]:
        answer = server.ask("POST", path)
        assert (answer.status_code, answer.json()) == (200, {"current": current, "serving": current})
        assert server.registry.current() == current


def test_a_pin_stays_until_it_is_taken_off(server: AdminServer) -> None:
    held = {"current": "v0001", "serving": "v0001", "pinned": "v0001"}
    assert server.ask("POST", "adapters/v0001/pin").json() == held | {"promoted": "base"}
    assert server.ask("POST", "adapters/v0002/promote").json() == held | {"promoted": "v0002"}
    listed = server.ask("GET", "adapters").json()
    assert (listed["current"], listed["promoted"], listed["pinned"]) == ("v0001", "v0002", "v0001")
    assert [version["current"] for version in listed["data"]] == [True, False]
    assert server.ask("POST", "adapters/unpin").json() == {"current": "v0002", "serving": "v0002"}
    assert error(server.ask("POST", "adapters/v0009/pin"), 404)["code"] == "adapter_not_found"


def test_a_canary_is_started_shown_and_stopped(server: AdminServer) -> None:
    served = server.ask("POST", "adapters/v0001/canary?share=25").json()
    assert (served["current"], served["canary"]["version"], served["canary"]["share"]) == ("base", "v0001", 25)
    assert server.ask("GET", "adapters").json()["canary"] == served["canary"]
    assert error(server.ask("POST", "adapters/v0001/canary?share=51"), 400)["param"] == "share"
    assert error(server.ask("POST", "adapters/base/canary?share=5"), 409)["code"] == "adapter_unusable"
    assert server.ask("POST", "adapters/canary/stop").json() == {"current": "base", "serving": "base"}
    assert server.ask("GET", "adapters").json()["canary"] is None


def test_a_registry_that_cannot_be_reached_is_told_from_a_damaged_version(
    server: AdminServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise RegistryError("registry s3://b cannot be read") from ConnectionResetError(104, "Connection reset by peer")

    monkeypatch.setattr(server.registry, "pointers", refuse)
    found = error(server.ask("GET", "adapters"), 503)
    assert (found["code"], found["message"]) == ("data_unavailable", "registry s3://b cannot be read")


def test_a_swap_that_did_not_happen_shows(server: AdminServer) -> None:
    server.serving = "base"
    assert server.ask("POST", "adapters/v0001/promote").json() == {"current": "v0001", "serving": "base"}


def test_a_damaged_version_is_a_conflict_and_not_promoted(server: AdminServer) -> None:
    (server.registry.root / "v0002" / "adapter_model.safetensors").write_bytes(b"other")
    assert "v0002 is damaged" in error(server.ask("POST", "adapters/v0002/promote"), 409)["message"]
    assert server.registry.current() == "base"


@pytest.mark.parametrize("name", ["v0009", "latest", "..", "%2e%2e", "..%2f..%2fetc", "v0001%00", "v" + "0" * 60])
def test_a_name_that_is_no_version_reaches_no_file(server: AdminServer, name: str) -> None:
    error(server.ask("GET", f"adapters/{name}"), 404)
    error(server.ask("POST", f"adapters/{name}/promote"), 404)


def test_a_name_longer_than_file_systems_take_is_refused(server: AdminServer) -> None:
    error(server.ask("GET", f"adapters/v{'0' * 300}"), 400)


def test_a_registry_that_cannot_be_written_is_told(server: AdminServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise PermissionError(13, "Permission denied", "/data/adapters/.lock")

    monkeypatch.setattr(server.registry, "promote", refuse)
    found = error(server.ask("POST", "adapters/v0001/promote"), 503)
    assert "Permission denied" in found["message"]


def test_guard_and_policy_show_what_the_server_gives(server: AdminServer) -> None:
    assert server.ask("GET", "guard").json() == {"faults": 0}
    assert server.ask("GET", "policy").json() == {"mode": "mask", "languages": ["ko"]}


def operations(server: AdminServer) -> list[tuple[str, str, dict[str, Any]]]:
    paths = server.app.openapi()["paths"]
    return [(method, path, operation) for path, methods in paths.items() for method, operation in methods.items()]


def test_every_route_needs_the_key_and_does_nothing_without(server: AdminServer) -> None:
    assert len(operations(server)) == 15
    for method, path, _ in operations(server):
        url = server.url + path.format(event_id="e0", version="v0001")
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            found = error(httpx.request(method, url, headers=headers, params={"user": "ann"}), 401)
            assert found["type"] == "authentication_error"
    assert len(left(server)) == 4
    assert server.registry.current() == "base"
    server.closed = True
    assert httpx.get(f"{server.url}/admin/events", headers={"Authorization": f"Bearer {KEY}"}).status_code == 403


def test_the_document_tells_answers_and_errors_of_every_route(server: AdminServer) -> None:
    for method, path, operation in operations(server):
        answers = operation["responses"]
        assert {"200", "400", "401", "403", "503", "default"} <= set(answers), path
        assert ("404" in answers) == ("{" in path), path
        assert "422" not in answers
        for status, answer in answers.items():
            lines = status == "200" and path.endswith("/export")
            ((media_type, content),) = answer["content"].items()
            assert media_type == ("application/x-ndjson" if lines else "application/json")
            schema = content["schema"]
            if status != "200":
                assert schema == {"$ref": "#/components/schemas/ErrorBody"}
            elif not lines:
                assert "$ref" in schema or schema["type"] == "object", (method, path)
    parameters = {p["name"] for p in server.app.openapi()["paths"]["/admin/events"]["get"]["parameters"]}
    expected = {"language", "user", "request_id", "adapter", "kind", "action", "since", "until", "limit", "cursor"}
    assert expected <= parameters
