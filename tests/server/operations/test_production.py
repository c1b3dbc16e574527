"""A server as one runs it in production: keys of several teams, JSON logs, metrics, traces."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import parser

from tests.server.conftest import Server, start
from tests.trace_collector import Collector

PROMPT = "스트레스를 다루는 방법은 무엇인가요?"
KEYS = """
[[keys]]
name = "strict-team"
hash = "{}"
languages = ["ko"]
guard_mode = "mask"
allow_english = false

[[keys]]
name = "free-team"
hash = "{}"
guard_mode = "off"
"""
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    running = Collector()
    yield running
    running.close()


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory, model_cache: Path, collector: Collector) -> Iterator[Server]:
    from tlpo_guard.keys import key_hash

    folder = tmp_path_factory.mktemp("production")
    (folder / "keys.toml").write_text(KEYS.format(key_hash("strict"), key_hash("free")))
    flags = ["--keys-file", str(folder / "keys.toml"), "--log-format", "json", "--log-level", "debug"]
    running = start(folder / "data", model_cache, *flags, "--traces-endpoint", collector.url, cold=True)
    yield running
    running.stop()


def ask(server: Server, key: str) -> Any:
    body = {"model": "smollm2", "messages": [{"role": "user", "content": PROMPT}], "max_tokens": 24, "seed": 3}
    headers = {"Authorization": f"Bearer {key}", "traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}
    answer = httpx.post(f"{server.url}/v1/chat/completions", json=body, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_key_has_its_own_policy_and_what_it_did_is_counted_and_traced_and_not_logged(
    production: Server, collector: Collector
) -> None:
    strict, free = ask(production, "strict"), ask(production, "free")
    assert (strict["guard"]["mode"], strict["guard"]["language"]) == ("mask", "ko")
    assert strict["guard"]["events"] > 0
    assert (free["guard"]["mode"], free["guard"]["events"]) == ("off", 0)

    figures = httpx.get(f"{production.url}/metrics", headers={"X-Api-Key": "strict"}).text
    samples = {
        (sample.name, sample.labels.get("language")): sample.value
        for family in parser.text_string_to_metric_families(figures)
        for sample in family.samples
    }
    assert samples["tlpo_guard_interventions_total", "ko"] > 0
    assert samples["tlpo_guard_confusion_mass_total", "ko"] > 0
    assert samples["tlpo_guard_events_written_total", None] == strict["guard"]["events"]

    deadline = time.monotonic() + 20
    while not {"queue", "generate", "commit"} <= collector.names(TRACE_ID):
        assert time.monotonic() < deadline
        time.sleep(0.2)

    log = (production.data_dir / "server.log").read_text()
    keys = {line.get("key") for line in map(json.loads, (r for r in log.splitlines() if r.startswith("{")))}
    assert {"strict-team", "free-team"} <= keys
    said = [answer["choices"][0]["message"]["content"] for answer in (strict, free)]
    for text in (PROMPT, *said):
        for form in (text, json.dumps(text)[1:-1]):
            assert form[:12] not in log


def test_a_key_that_is_not_there_is_refused(production: Server) -> None:
    headers = {"Authorization": "Bearer nobody"}
    answer = httpx.post(f"{production.url}/v1/chat/completions", json={}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")
