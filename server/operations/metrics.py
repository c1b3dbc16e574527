"""Prometheus metrics of one server, on a registry of its own: several apps in one process do not meet."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, Metric, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from server.operations.quantiles import Latency, quantile
from server.operations.snapshot import Snapshot
from tlpo_guard.events.traffic import Traffic

__all__ = ["ENDPOINTS", "Metrics", "RejectReason"]

PREFIX = "tlpo_guard"
OTHER = "other"
MAX_LANGUAGES = 64  # clients may name any language of the world

FOLDED = ("/admin", "/v1/models")  # what lies below counts as the path itself
ENDPOINTS = frozenset(
    {
        *FOLDED,
        "/health",
        "/metrics",
        "/ready",
        "/tokenize",
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/responses",
        "/version",
    }
)

RejectReason = Literal["queue_full", "deadline", "draining", "body_too_large"]

_TOO_LARGE = 413

# Seconds. An answer takes from milliseconds (one token, on a GPU) to the longest deadline.
_REQUEST = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600)
_FIRST_TOKEN = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_INTER_TOKEN = (0.0025, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5)
_QUEUE = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
_TOKENS = tuple(2**power for power in range(17))  # 1 to 65,536 tokens


class Metrics:
    """What a server counts. All methods are quick and may be called from any thread.

    Args:
        status: reads the figures that others keep, at the moment of a scrape.
        languages: that have labels whatever clients name.
        on_traffic: takes language, adapter version and figures of every answer.
    """

    def __init__(
        self,
        status: Callable[[], Snapshot],
        languages: Iterable[str] = (),
        on_traffic: Callable[[str, str, Traffic], None] = lambda language, adapter, traffic: None,
    ) -> None:
        self._on_traffic = on_traffic
        self._registry = CollectorRegistry()
        self._languages = _Languages(languages)
        self._traffic(self._registry)
        self._guard(self._registry)
        self._latency(self._registry)
        self._registry.register(_AtScrape(status))
        ProcessCollector(registry=self._registry)

    def _traffic(self, registry: CollectorRegistry) -> None:
        self._requests = _counter(registry, "requests", "HTTP requests answered.", "endpoint", "status")
        self._rejected = _counter(registry, "rejected", "Requests turned away or cut short.", "reason")
        self._prompt_tokens = _counter(registry, "prompt_tokens", "Tokens of prompts.", "model")
        for reason in get_args(RejectReason):  # a rate needs the zero before the first one
            self._rejected.labels(reason)

    def _guard(self, registry: CollectorRegistry) -> None:
        by = ("language", "adapter")
        self._answers = _counter(registry, "answers", "Answers finished.", "endpoint", *by)
        self._generated = _counter(registry, "generated_tokens", "Tokens of answers.", *by)
        self._guarded = _counter(registry, "guarded_tokens", "Tokens chosen under a guard.", *by)
        mass = "Probability of drifting tokens, summed over guarded tokens."
        self._mass = _counter(registry, "confusion_mass", mass, *by)
        self._events = _counter(registry, "events", "Confusion points logged.", *by, "kind", "action")
        self._interventions = _counter(registry, "interventions", "Tokens chosen otherwise for the guard.", *by)
        self._rewinds = _counter(registry, "rewinds", "Times an answer went back before a drift.", *by)
        self._stood_back = _counter(registry, "stood_back", "Times the guard let a drift pass to go on.", *by)

    def _latency(self, registry: CollectorRegistry) -> None:
        whole = "From the request to the last byte."
        self._request_seconds = _histogram(registry, "request_seconds", whole, _REQUEST, "endpoint")
        first = "From the request to its first token."
        self._first_token = _histogram(registry, "time_to_first_token_seconds", first, _FIRST_TOKEN, "endpoint")
        self._inter_token = _histogram(registry, "inter_token_seconds", "Between two tokens.", _INTER_TOKEN)
        self._queue = _histogram(registry, "queue_seconds", "Waiting for the engine.", _QUEUE)
        # Not `prompt_tokens`, which the counter above has in the text format's family names.
        self._prompt_length = _histogram(registry, "prompt_length_tokens", "Length of a prompt.", _TOKENS)
        self._answer_length = _histogram(registry, "answer_length_tokens", "Length of an answer.", _TOKENS)

    def answer(
        self,
        *,
        endpoint: str,
        language: str,
        adapter: str,
        model: str,
        prompt_tokens: int,
        answer_tokens: int,
        guarded_tokens: int,
        confusion_mass: float,
        interventions: int,
        rewinds: int,
        stood_back: int,
        events: Mapping[tuple[str, str], int],
        seconds: float = 0.0,
    ) -> None:
        """Count one finished answer.

        Args:
            endpoint: its route.
            language: expected languages, BCP-47, with commas; the first one counts. Empty where unknown.
            adapter: version that every token came from.
            model: served name.
            prompt_tokens: 0 for all but the first of several answers to one prompt.
            confusion_mass: probability of drifting tokens, 0 to 1 each, summed over the guarded tokens.
            interventions: tokens chosen otherwise for the guard.
            events: how many were logged by (kind, action).
            seconds: from the request to its answer's end.
        """
        by = (self._languages.label(language), adapter)
        self._answers.labels(_endpoint(endpoint), *by).inc()
        if prompt_tokens:
            self._prompt_tokens.labels(model).inc(prompt_tokens)
            self._prompt_length.observe(prompt_tokens)
        self._answer_length.observe(answer_tokens)
        self._generated.labels(*by).inc(answer_tokens)
        self._guarded.labels(*by).inc(guarded_tokens)
        self._mass.labels(*by).inc(confusion_mass)
        self._interventions.labels(*by).inc(interventions)
        self._rewinds.labels(*by).inc(rewinds)
        self._stood_back.labels(*by).inc(stood_back)
        for (kind, action), count in events.items():
            self._events.labels(*by, kind, action).inc(count)
        logged = sum(events.values())
        sums = (guarded_tokens, confusion_mass, logged, interventions, rewinds, stood_back, seconds)
        self._on_traffic(*by, Traffic(1, answer_tokens, *sums))

    def first_token(self, endpoint: str, seconds: float) -> None:
        """Count the time from a request's arrival to the first token of its answer."""
        self._first_token.labels(_endpoint(endpoint)).observe(seconds)

    def inter_token(self, seconds: float, count: int = 1) -> None:
        """Count `count` tokens that came together, `seconds` after those before them."""
        for _ in range(count):
            self._inter_token.observe(seconds / count)

    def queued(self, seconds: float) -> None:
        """Count the time that a request waited for the engine."""
        self._queue.observe(seconds)

    def request(self, endpoint: str, status: int, seconds: float) -> None:
        """Count one HTTP request, from its arrival to the last byte of its answer."""
        label = _endpoint(endpoint)
        self._requests.labels(label, str(status)).inc()
        self._request_seconds.labels(label).observe(seconds)
        if status == _TOO_LARGE:
            self.rejected("body_too_large")

    def rejected(self, reason: RejectReason) -> None:
        """Count a request that was turned away or cut short."""
        self._rejected.labels(reason).inc()

    def latency(self) -> Latency:
        """How long requests wait."""
        first = (quantile(self._first_token, 0.5), quantile(self._first_token, 0.95))
        return Latency(*first, quantile(self._queue, 0.95))

    def exposition(self, accept: str | None) -> tuple[bytes, str]:
        """The body and the content type of `/metrics`, for a client's `Accept` header."""
        encode, content_type = choose_encoder(accept or "")
        return encode(self._registry), content_type


class _Languages:
    """Label values for languages: clients choose them, and every new one costs memory here and in Prometheus for good."""

    def __init__(self, kept: Iterable[str]) -> None:
        self._seen = set(map(_primary, kept))
        self._lock = threading.Lock()

    def label(self, languages: str) -> str:
        """The first of a comma-separated list without script and region, `unknown` for an empty one, `other` after the first
        64."""
        first = _primary(languages.partition(",")[0])
        if not first:
            return "unknown"
        with self._lock:
            if first not in self._seen and len(self._seen) >= MAX_LANGUAGES:
                return OTHER
            self._seen.add(first)
        return first


def _primary(tag: str) -> str:
    return tag.strip().partition("-")[0]


class _AtScrape(Collector):
    """Figures that others keep, read when Prometheus asks."""

    def __init__(self, status: Callable[[], Snapshot]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        """One family for each figure."""
        now = self._status()
        yield _gauge("running", "Answers being generated.", now.running)
        yield _gauge("waiting", "Requests in the queue.", now.waiting)
        yield _gauge("engine_up", "1 where the engine takes requests.", now.engine_up)
        yield _gauge("events_pending", "Events that wait for the store.", now.events_pending)
        yield _total("engine_restarts", "Restarts of an engine that failed.", now.engine_restarts)
        yield _total("guard_faults", "Steps in which the guard failed.", now.guard_faults)
        yield _total("events_written", "Events committed to the store.", now.events_written)
        yield _total("events_dropped", "Events lost to a full queue.", now.events_dropped)
        yield _total("events_failed", "Events that the store refused.", now.events_failed)
        yield _total("commit_failures", "Answers sent before their events were stored.", now.commit_failures)
        yield _total("swap_failures", "Adapter versions that could not be served.", now.swap_failures)
        yield InfoMetricFamily(f"{PREFIX}_adapter", "Adapter version served.", {"version": now.adapter})


def _endpoint(route: str) -> str:
    """Label value for a path, which clients choose: one of `ENDPOINTS`, else `other`."""
    known = next((path for path in FOLDED if route.startswith(f"{path}/")), route)
    return known if known in ENDPOINTS else OTHER


def _counter(registry: CollectorRegistry, name: str, text: str, *labels: str) -> Counter:
    return Counter(f"{PREFIX}_{name}", text, labels, registry=registry)


def _histogram(
    registry: CollectorRegistry, name: str, text: str, buckets: tuple[float, ...], *labels: str
) -> Histogram:
    return Histogram(f"{PREFIX}_{name}", text, labels, registry=registry, buckets=buckets)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", text, value=float(value))


def _total(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"{PREFIX}_{name}", text, value=float(value))
