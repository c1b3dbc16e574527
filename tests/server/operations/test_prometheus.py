"""What Prometheus reads: every figure goes through the text of a scrape and the client's own parser."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

from server.operations.metrics import Metrics
from server.operations.snapshot import Snapshot

PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)

IDLE = Snapshot(
    model="smollm2",
    adapter="base",
    running=0,
    waiting=0,
    draining=False,
    engine_up=True,
    engine_rows=0,
    engine_restarts=1,
    guard_faults=0,
    events_written=0,
    events_dropped=0,
    events_failed=0,
    events_pending=0,
    commit_failures=0,
    swap_failures=0,
)


def idle() -> Snapshot:
    return IDLE


def scrape(metrics: Metrics) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
    """Values by sample name and labels."""
    body, _ = metrics.exposition(None)
    found: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    for family in parser.text_string_to_metric_families(body.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return scrape(metrics)[f"tlpo_guard_{name}"][frozenset(labels.items())]


def count(metrics: Metrics, **changes: Any) -> None:
    answer: dict[str, Any] = {
        "endpoint": "/v1/chat/completions",
        "language": "ko",
        "adapter": "base",
        "model": "smollm2",
        "prompt_tokens": 10,
        "answer_tokens": 20,
        "guarded_tokens": 20,
        "confusion_mass": 0.5,
        "interventions": 3,
        "rewinds": 2,
        "stood_back": 1,
        "events": {("script", "masked"): 3, ("word", "observed"): 1},
    }
    metrics.answer(**answer | changes)


def test_an_answer_is_counted_by_language_and_adapter() -> None:
    metrics = Metrics(idle)
    count(metrics)
    count(metrics, guarded_tokens=12, confusion_mass=0.25)
    by = {"language": "ko", "adapter": "base"}
    assert value(metrics, "answers_total", endpoint="/v1/chat/completions", **by) == 2
    assert value(metrics, "prompt_tokens_total", model="smollm2") == 20
    assert value(metrics, "generated_tokens_total", **by) == 40
    assert value(metrics, "guarded_tokens_total", **by) == 32
    assert value(metrics, "confusion_mass_total", **by) == 0.75
    assert value(metrics, "interventions_total", **by) == 6
    assert value(metrics, "rewinds_total", **by) == 4
    assert value(metrics, "stood_back_total", **by) == 2
    assert value(metrics, "events_total", kind="script", action="masked", **by) == 6
    assert value(metrics, "events_total", kind="word", action="observed", **by) == 2
    assert value(metrics, "answer_length_tokens_sum") == 40


def test_the_prompt_of_several_answers_is_counted_once() -> None:
    metrics = Metrics(idle)
    count(metrics)
    count(metrics, prompt_tokens=0)
    assert value(metrics, "prompt_length_tokens_count") == 1
    assert value(metrics, "prompt_length_tokens_sum") == 10


def test_requests_and_their_times() -> None:
    metrics = Metrics(idle)
    metrics.request("/v1/completions", 200, 1.5)
    metrics.request("/v1/completions", 400, 0.25)
    metrics.first_token("/v1/completions", 0.3)
    metrics.queued(0.02)
    assert value(metrics, "requests_total", endpoint="/v1/completions", status="400") == 1
    assert value(metrics, "request_seconds_sum", endpoint="/v1/completions") == 1.75
    assert value(metrics, "request_seconds_bucket", endpoint="/v1/completions", le="1.0") == 1
    assert value(metrics, "time_to_first_token_seconds_sum", endpoint="/v1/completions") == 0.3
    assert value(metrics, "queue_seconds_count") == 1


def test_tokens_that_come_together_share_their_time() -> None:
    metrics = Metrics(idle)
    metrics.inter_token(0.4, 4)
    assert value(metrics, "inter_token_seconds_count") == 4
    assert value(metrics, "inter_token_seconds_sum") == pytest.approx(0.4)
    assert value(metrics, "inter_token_seconds_bucket", le="0.1") == 4


def test_bodies_that_are_too_large_count_as_rejected() -> None:
    metrics = Metrics(idle)
    metrics.request("unmatched", 413, 0.01)
    metrics.request("/v1/chat/completions", 200, 0.01)
    assert value(metrics, "rejected_total", reason="body_too_large") == 1


def test_reasons_of_rejection_start_at_zero_for_rates_to_see_the_first() -> None:
    metrics = Metrics(idle)
    metrics.rejected("queue_full")
    assert value(metrics, "rejected_total", reason="queue_full") == 1
    for reason in ("deadline", "draining", "body_too_large"):
        assert value(metrics, "rejected_total", reason=reason) == 0


def test_figures_that_others_keep_are_read_at_every_scrape() -> None:
    state: dict[str, Any] = {"running": 1, "engine_up": True, "events_dropped": 0, "adapter": "base"}
    metrics = Metrics(lambda: replace(IDLE, **state))
    assert value(metrics, "engine_up") == 1
    assert value(metrics, "adapter_info", version="base") == 1
    state |= {"running": 5, "engine_up": False, "events_dropped": 7, "adapter": "v0001"}
    assert value(metrics, "running") == 5
    assert value(metrics, "engine_up") == 0
    assert value(metrics, "events_dropped_total") == 7
    assert scrape(metrics)["tlpo_guard_adapter_info"] == {frozenset({("version", "v0001")}): 1.0}


@pytest.mark.parametrize(("given", "label"), [("ko,en", "ko"), (" vi ,en", "vi"), ("", "unknown")])
def test_the_first_language_is_the_label(given: str, label: str) -> None:
    metrics = Metrics(idle)
    count(metrics, language=given)
    assert value(metrics, "guarded_tokens_total", language=label, adapter="base") == 20


def test_configured_languages_keep_their_labels_and_regions_share_one() -> None:
    metrics = Metrics(idle, ["ko", "de-AT"])
    for n in range(100):
        count(metrics, language=f"en-x{n}")
    assert value(metrics, "guarded_tokens_total", language="en", adapter="base") == 100 * 20
    for n in range(100):
        count(metrics, language=f"x{n}")
    for language in ("ko", "de-CH"):
        count(metrics, language=language)
    assert value(metrics, "guarded_tokens_total", language="ko", adapter="base") == 20
    assert value(metrics, "guarded_tokens_total", language="de", adapter="base") == 20


def test_clients_cannot_make_labels_without_end() -> None:
    metrics = Metrics(idle)
    for n in range(100):
        count(metrics, language=f"x{n}", endpoint=f"/made/up/{n}")
        metrics.request(f"/made/up/{n}", 404, 0.1)
    count(metrics, language="x0")
    languages = {dict(labels)["language"] for labels in scrape(metrics)["tlpo_guard_events_total"]}
    assert len(languages) == 65
    assert value(metrics, "guarded_tokens_total", language="other", adapter="base") == 36 * 20
    assert value(metrics, "guarded_tokens_total", language="x0", adapter="base") == 40
    assert value(metrics, "requests_total", endpoint="other", status="404") == 100


def test_paths_below_one_endpoint_count_as_it() -> None:
    metrics = Metrics(idle)
    metrics.request("/admin/adapters/{version}", 200, 0.1)
    metrics.request("/v1/models/{model:path}", 200, 0.1)
    metrics.request("/v1/models", 200, 0.1)
    metrics.request("/administration", 404, 0.1)
    assert value(metrics, "requests_total", endpoint="/admin", status="200") == 1
    assert value(metrics, "requests_total", endpoint="/v1/models", status="200") == 2
    assert value(metrics, "requests_total", endpoint="other", status="404") == 1


def test_two_apps_in_one_process_count_apart() -> None:
    one, two = Metrics(idle), Metrics(idle)
    one.rejected("draining")
    assert value(one, "rejected_total", reason="draining") == 1
    assert value(two, "rejected_total", reason="draining") == 0


def test_nothing_is_lost_when_threads_count_together() -> None:
    metrics = Metrics(idle)

    def many() -> None:
        for _ in range(200):
            count(metrics)

    threads = [Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value(metrics, "guarded_tokens_total", language="ko", adapter="base") == 4 * 200 * 20


def test_every_metric_is_ours_or_the_processes_and_tells_what_it_is() -> None:
    metrics = Metrics(idle)
    count(metrics)
    families = list(parser.text_string_to_metric_families(metrics.exposition(None)[0].decode()))
    if sys.platform == "linux":
        assert any(family.name == "process_resident_memory_bytes" for family in families)
    for family in families:
        assert family.name.startswith(("tlpo_guard_", "process_"))
        assert family.documentation or family.name.endswith("_created")


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "text/plain; version=0.0.4"),
        ("text/html", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.1", "application/openmetrics-text"),
        (PROMETHEUS_3, "application/openmetrics-text; version=1.0.0"),
    ],
)
def test_the_client_chooses_the_format(accept: str | None, content_type: str) -> None:
    metrics = Metrics(idle)
    count(metrics)
    body, given = metrics.exposition(accept)
    assert given.startswith(content_type)
    parse = openmetrics if given.startswith("application/openmetrics-text") else parser
    names: Mapping[str, Any] = {f.name: f for f in parse.text_string_to_metric_families(body.decode())}
    assert "tlpo_guard_confusion_mass" in names
