"""Traces as a collector gets them: a real receiver on a real socket."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from opentelemetry import trace

from server.operations import tracing
from tests.trace_collector import Collector
from tlpo_guard.errors import ConfigurationError

ROUTE = "/v1/chat/completions"
TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"


def attributes(span: Any) -> dict[str, Any]:
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in span.attributes}


@pytest.fixture
def collector() -> Iterator[Collector]:
    receiver = Collector()
    yield receiver
    receiver.close()


@pytest.fixture
def traces(collector: Collector) -> Iterator[tracing.Tracing]:
    configured = tracing.configure(collector.url, "1.2.3")
    yield configured
    configured.close()


def test_a_request_continues_the_clients_trace_and_its_parts_hang_under_it(
    collector: Collector, traces: tracing.Tracing
) -> None:
    with traces.request({"traceparent": TRACEPARENT}, ROUTE) as span:
        for part in ("queue", "generate", "commit"):
            with traces.child(part):
                pass
        span.set(tracing.REQUEST_MODEL, "smollm2")
        span.set(tracing.INPUT_TOKENS, 12)
        span.set(tracing.STATUS, 200)
    traces.close()
    spans = collector.spans()
    request = spans[ROUTE]
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE_ID, SPAN_ID)
    assert attributes(request) == {
        "http.route": ROUTE,
        "gen_ai.request.model": "smollm2",
        "gen_ai.usage.input_tokens": 12,
        "http.response.status_code": 200,
    }
    assert request.status.code == request.status.STATUS_CODE_UNSET
    assert {spans[p].parent_span_id for p in ("queue", "generate", "commit")} == {request.span_id}


def test_the_collector_learns_who_sends(collector: Collector, traces: tracing.Tracing) -> None:
    with traces.request({}, ROUTE):
        pass
    traces.close()
    resource = attributes(collector.requests[0].resource_spans[0].resource)
    assert (resource["service.name"], resource["service.version"]) == ("tlpo-guard", "1.2.3")
    assert collector.spans()[ROUTE].parent_span_id == b""


@pytest.mark.parametrize("given", ["", "/", "/v1/traces", "/v1/traces/"])
def test_the_endpoint_may_be_given_with_or_without_its_path(collector: Collector, given: str) -> None:
    traces = tracing.configure(collector.url + given, "1")
    with traces.request({}, ROUTE):
        pass
    traces.close()
    assert collector.paths == ["/v1/traces"]


def test_what_the_client_asked_not_to_be_traced_is_not(collector: Collector, traces: tracing.Tracing) -> None:
    with traces.request({"traceparent": TRACEPARENT.removesuffix("01") + "00"}, ROUTE), traces.child("queue"):
        pass
    traces.close()
    assert collector.requests == []


def test_requests_side_by_side_keep_their_own_children(collector: Collector, traces: tracing.Tracing) -> None:
    async def request(name: str) -> None:
        with traces.request({}, name):
            await asyncio.sleep(0.01)
            await asyncio.create_task(part(f"{name} part"))

    async def part(name: str) -> None:
        with traces.child(name):
            await asyncio.sleep(0.01)

    async def all_of_them() -> None:
        await asyncio.gather(*(request(f"request {n}") for n in range(8)))

    asyncio.run(all_of_them())
    traces.close()
    spans = collector.spans()
    for n in range(8):
        assert spans[f"request {n} part"].parent_span_id == spans[f"request {n}"].span_id


def test_a_stream_left_by_its_client_and_closed_by_another_task_ends_its_spans(
    collector: Collector, traces: tracing.Tracing, caplog: pytest.LogCaptureFixture
) -> None:
    async def stream() -> AsyncIterator[int]:
        with traces.request({}, ROUTE), traces.child("generate"):
            yield 1
            yield 2

    async def leave() -> None:
        pieces = stream()
        await asyncio.create_task(anext(pieces))  # type: ignore[arg-type]
        await asyncio.create_task(pieces.aclose())  # type: ignore[attr-defined]
        with traces.child("afterwards"):
            pass

    asyncio.run(leave())
    traces.close()
    spans = collector.spans()
    assert set(spans) == {ROUTE, "generate"}
    assert attributes(spans["generate"])["error.type"] == "GeneratorExit"
    assert spans["generate"].status.code == spans["generate"].status.STATUS_CODE_UNSET
    assert caplog.records == []


def test_a_cancelled_request_ends_its_spans(collector: Collector, traces: tracing.Tracing) -> None:
    async def hang() -> None:
        with traces.request({}, ROUTE), traces.child("queue"):
            await asyncio.sleep(60)

    async def cancel() -> None:
        task = asyncio.create_task(hang())
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancel())
    traces.close()
    assert attributes(collector.spans()["queue"])["error.type"] == "CancelledError"


def test_an_error_is_marked_and_its_message_stays_here(collector: Collector, traces: tracing.Tracing) -> None:
    with pytest.raises(ValueError), traces.request({}, ROUTE), traces.child("generate"):
        raise ValueError("한국의 수도는")
    traces.close()
    failed = collector.spans()["generate"]
    assert failed.status.code == failed.status.STATUS_CODE_ERROR
    assert attributes(failed) == {"error.type": "ValueError"}
    assert "한국의".encode() not in collector.requests[0].SerializeToString()


def test_a_server_error_marks_the_request(collector: Collector, traces: tracing.Tracing) -> None:
    with traces.request({}, ROUTE) as span:
        span.set(tracing.STATUS, 500)
    traces.close()
    request = collector.spans()[ROUTE]
    assert request.status.code == request.status.STATUS_CODE_ERROR


def test_the_host_programs_tracing_is_left_alone(collector: Collector, traces: tracing.Tracing) -> None:
    host = trace.NonRecordingSpan(trace.SpanContext(1, 2, is_remote=False, trace_flags=trace.TraceFlags(1)))
    with trace.use_span(host), traces.request({}, ROUTE), traces.child("queue"):
        assert trace.get_current_span() is host
    traces.close()
    spans = collector.spans()
    assert spans[ROUTE].parent_span_id == b""
    assert spans["queue"].parent_span_id == spans[ROUTE].span_id


@pytest.mark.parametrize("header", ["nonsense", f"00-{'0' * 32}-{SPAN_ID}-01", "00-" + "a" * 2000])
def test_a_traceparent_that_cannot_be_read_begins_a_trace(
    collector: Collector, traces: tracing.Tracing, header: str
) -> None:
    with traces.request({"traceparent": header}, ROUTE):
        pass
    traces.close()
    assert collector.spans()[ROUTE].parent_span_id == b""


def test_closing_does_not_wait_for_a_collector_that_hangs(
    collector: Collector, traces: tracing.Tracing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "_CLOSE_SECONDS", 0.3)
    collector.answering.clear()
    with traces.request({}, ROUTE):
        pass
    started = time.monotonic()
    traces.close()
    assert 0.2 < time.monotonic() - started < 2.0


def test_without_a_collector_nothing_is_imported_and_spans_do_nothing() -> None:
    code = """
import sys
from server.operations.tracing import configure
traces = configure(None, "1")
with traces.request({}, "/") as span, traces.child("queue") as child:
    span.set("a", 1), child.set("b", 2)
traces.close()
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_missing_packages_are_named_with_the_way_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigurationError, match=r"pip install tlpo-guard\[traces\]"):
        tracing.configure("http://127.0.0.1:4318", "1")


def test_an_endpoint_that_is_no_url_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'localhost:4318'.*http://127\.0\.0\.1:4318"):
        tracing.configure("localhost:4318", "1")
