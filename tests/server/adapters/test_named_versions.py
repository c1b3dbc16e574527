"""Who may name an adapter version, and what it costs the others: nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.conftest import Server, start_small
from tests.server.test_durability import add_random_adapter
from tlpo_guard.keys import key_hash
from tlpo_guard.registry import BASE, open_registry

ADMIN = "a-key-of-the-admin"
KEYS = """
[[keys]]
name = "plain"
hash = "{}"
[[keys]]
name = "tester"
hash = "{}"
may_pin = true
"""
QUESTION = {
    "messages": [{"role": "user", "content": "Tell me a long story."}],
    "temperature": 0,
    "logit_bias": {"0": -100, "2": -100},
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, small_model: Path) -> Iterator[Server]:
    """With the base, a current version `v0001` and `v0002`, which the gate refused."""
    folder = tmp_path_factory.mktemp("named")
    for name in ("v0001", "v0002"):
        assert add_random_adapter(folder / "data", small_model) == name
    report = folder / "data" / "adapters" / "v0002" / "report.json"
    report.write_text(json.dumps({"passed": False}))
    open_registry(folder / "data" / "adapters").promote("v0001")
    (folder / "keys.toml").write_text(KEYS.format(key_hash("plain"), key_hash("tester")))
    running = start_small(folder / "data", small_model, "--keys-file", str(folder / "keys.toml"), "--admin-key", ADMIN)
    yield running
    running.stop()


def ask(served: Server, key: str, model: str = "smollm2", tokens: int = 4) -> httpx.Response:
    body = QUESTION | {"model": model, "max_tokens": tokens}
    return httpx.post(f"{served.url}/v1/chat/completions", json=body, headers={"X-Api-Key": key}, timeout=60)


def version(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()["system_fingerprint"].split("-")[1]


def listed(served: Server, key: str) -> list[str]:
    models = httpx.get(f"{served.url}/v1/models", headers={"X-Api-Key": key}).json()["data"]
    return [model["id"] for model in models]


def test_naming_a_version_is_a_right_of_a_key(served: Server) -> None:
    for path, body in (
        ("/v1/chat/completions", QUESTION),
        ("/v1/completions", {"prompt": "a"}),
        ("/v1/responses", {"input": "a"}),
        ("/tokenize", {"prompt": "a"}),
    ):
        for name in (BASE, "v0001"):
            asked = body | {"model": f"smollm2@{name}"}
            answer = httpx.post(f"{served.url}{path}", json=asked, headers={"X-Api-Key": "plain"})
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "may_not_pin"), path
    assert ask(served, "plain", "smollm2@v0009").json()["error"]["code"] == "model_not_found"
    assert version(ask(served, "plain")) == "v0001"
    assert [version(ask(served, "tester", f"smollm2@{name}")) for name in (BASE, "v0001")] == [BASE, "v0001"]


def test_what_the_gate_refused_is_served_to_admins_only(served: Server) -> None:
    assert ask(served, "tester", "smollm2@v0002").json()["error"]["code"] == "model_not_found"
    assert version(ask(served, ADMIN, "smollm2@v0002")) == "v0002"
    assert listed(served, "plain") == ["smollm2"]
    assert listed(served, "tester") == ["smollm2", "smollm2@base", "smollm2@v0001"]
    assert listed(served, ADMIN) == [*listed(served, "tester"), "smollm2@v0002"]


def test_who_names_none_waits_for_nobody_and_gets_the_current_version(served: Server) -> None:
    body = QUESTION | {"model": f"smollm2@{BASE}", "max_tokens": 4000, "stream": True}
    url, headers = f"{served.url}/v1/chat/completions", {"X-Api-Key": "tester"}
    with httpx.stream("POST", url, json=body, headers=headers, timeout=60) as stream:
        lines = stream.iter_lines()
        while "content" not in next(lines):
            pass
        assert version(ask(served, "plain")) == "v0001"  # before the long answer is over
        rest = [line for line in lines if line]
    assert json.loads(rest[-1].removeprefix("data: "))["error"]["code"] == "version_recalled", rest[-1]
    assert version(ask(served, "tester", f"smollm2@{BASE}")) == BASE
    assert version(ask(served, "plain")) == "v0001"
