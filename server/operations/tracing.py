"""Traces of requests for an OpenTelemetry collector. Spans never carry text of prompts or answers, nor messages of errors."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

from tlpo_guard.errors import ConfigurationError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as OtelSpan
    from opentelemetry.trace import SpanKind, Tracer

__all__ = ["Span", "Tracing", "configure"]

# Names of the GenAI and HTTP semantic conventions, and our own.
OPERATION = "gen_ai.operation.name"  # chat | text_completion
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens"
REQUEST_TEMPERATURE = "gen_ai.request.temperature"
REQUEST_TOP_P = "gen_ai.request.top_p"
RESPONSE_ID = "gen_ai.response.id"
RESPONSE_MODEL = "gen_ai.response.model"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
ROUTE = "http.route"
STATUS = "http.response.status_code"
ERROR = "error.type"
LANGUAGE = "tlpo_guard.language"
ADAPTER = "tlpo_guard.adapter"
EVENTS = "tlpo_guard.events"
REWINDS = "tlpo_guard.rewinds"

TRACES_PATH = "/v1/traces"
_EXPORT_SECONDS = 5.0  # one batch, tries included
_CLOSE_SECONDS = 5.0  # a collector that takes longer loses the last spans, and the server stops all the same

Value = str | bool | int | float | list[str]


class Span(Protocol):
    """One stretch of a request's time."""

    def set(self, name: str, value: Value) -> None:
        """Note something about it, never text of the prompt or the answer."""


class Tracing:
    """Spans that go nowhere: what a server without a collector has."""

    @contextmanager
    def request(self, headers: Mapping[str, str], route: str) -> Iterator[Span]:
        """The span of one HTTP request; part of the client's trace where its `traceparent` header says so.

        Args:
            headers: with lower-case names, or a mapping that does not mind.
            route: the path as the server declares it, also the span's name.
        """
        yield _NO_SPAN

    @contextmanager
    def child(self, name: str) -> Iterator[Span]:
        """A span inside the request that the running task belongs to; of no effect outside of one."""
        yield _NO_SPAN

    def close(self) -> None:
        """Send what is left, in at most 5 seconds. Blocks."""


def configure(endpoint: str | None, service_version: str) -> Tracing:
    """Tracing to a collector (OTLP over HTTP), or none.

    Raises:
        ConfigurationError: an endpoint that is no URL, or the packages for it are missing.
    """
    if endpoint is None:
        return Tracing()
    if not endpoint.startswith(("http://", "https://")):
        raise ConfigurationError(f"traces_endpoint is {endpoint!r}; give a URL such as http://127.0.0.1:4318")
    try:
        return _Exported(endpoint, service_version)
    except ImportError as exc:
        raise ConfigurationError(f"traces_endpoint needs {exc.name}; pip install tlpo-guard[traces]") from exc


class _NoSpan:
    def set(self, name: str, value: Value) -> None:
        pass


_NO_SPAN = _NoSpan()


class _RecordedSpan:
    def __init__(self, span: "OtelSpan") -> None:
        self.otel = span

    def set(self, name: str, value: Value) -> None:
        self.otel.set_attribute(name, value)
        if name == STATUS and isinstance(value, int) and value >= 500:
            self.failed()

    def failed(self) -> None:
        from opentelemetry.trace import StatusCode

        self.otel.set_status(StatusCode.ERROR)


# The span of the running task's request. The SDK's own current span wants its token back in the context that took it, which
# a stream that another task closes cannot do; children only need to know their parent.
_current: "ContextVar[OtelSpan | None]" = ContextVar("request_span", default=None)


class _Exported(Tracing):
    """Spans through a provider of our own, so that a host program's OpenTelemetry setup is left alone."""

    def __init__(self, endpoint: str, service_version: str) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = _provider(endpoint, service_version)
        self._tracer: Tracer = self._provider.get_tracer("tlpo_guard", service_version)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, headers: Mapping[str, str], route: str) -> Iterator[Span]:
        from opentelemetry.trace import SpanKind

        parent = self._propagator.extract(headers)  # empty without the header, whatever span the host program is in
        with self._span(route, parent, SpanKind.SERVER) as span:
            span.set(ROUTE, route)
            token = _current.set(span.otel)
            try:
                yield span
            finally:
                with suppress(ValueError):  # closed by another task: the variable ends with the task that set it
                    _current.reset(token)

    @contextmanager
    def child(self, name: str) -> Iterator[Span]:
        from opentelemetry.trace import SpanKind, set_span_in_context

        parent = _current.get()
        if parent is None:
            yield _NO_SPAN
            return
        with self._span(name, set_span_in_context(parent, _empty()), SpanKind.INTERNAL) as span:
            yield span

    @contextmanager
    def _span(self, name: str, parent: "Context", kind: "SpanKind") -> Iterator[_RecordedSpan]:
        """A span that ends however its block is left: done, failed, cancelled, or a stream closed by its client."""
        span = _RecordedSpan(self._tracer.start_span(name, parent, kind))
        try:
            yield span
        except BaseException as exc:
            span.set(ERROR, type(exc).__name__)
            if isinstance(exc, Exception):  # a client that leaves is no failure of ours
                span.failed()
            raise
        finally:
            span.otel.end()

    def close(self) -> None:
        # The SDK's own limit is 30 seconds, and an export under way goes on after it.
        closing = threading.Thread(target=self._provider.shutdown, name="traces-close", daemon=True)
        closing.start()
        closing.join(_CLOSE_SECONDS)


def _provider(endpoint: str, service_version: str) -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    base = endpoint.rstrip("/")
    url = base if base.endswith(TRACES_PATH) else base + TRACES_PATH
    resource = Resource.create({"service.name": "tlpo-guard", "service.version": service_version})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(url, timeout=_EXPORT_SECONDS)))
    return provider


def _empty() -> "Context":
    from opentelemetry.context import Context

    return Context()
