"""From the store's sums to what charts and tables show."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tlpo_guard.events.traffic import Traffic, TrafficPoint

__all__ = ["Compared", "charts", "compared", "total", "version_marks"]

_LANGUAGES = 8  # lines in one chart; the others are one line more
_OTHERS = "others"

Figure = Callable[[Traffic], float | None]


@dataclass(frozen=True, slots=True)
class Compared:
    """What one adapter version answered."""

    version: str
    traffic: Traffic


def total(points: Sequence[TrafficPoint]) -> Traffic:
    """All points together."""
    return sum((point.traffic for point in points), Traffic())


def compared(points: Sequence[TrafficPoint]) -> list[Compared]:
    """The traffic of each adapter version, in order of their first answers."""
    sums: dict[str, Traffic] = defaultdict(Traffic)
    for point in points:
        sums[point.adapter_version] += point.traffic
    return [Compared(version, traffic) for version, traffic in sums.items()]


def version_marks(points: Sequence[TrafficPoint]) -> list[tuple[int, str]]:
    """When each adapter version answered first, but for the one that did so at the beginning."""
    first: dict[str, int] = {}
    for point in points:
        first.setdefault(point.adapter_version, point.begins_at)
    return [(begins_at, version) for version, begins_at in list(first.items())[1:]]


def charts(points: Sequence[TrafficPoint], step: int) -> list[dict[str, Any]]:
    """The charts: name, title, unit, times, and one line of values each, None where nothing is known."""
    times = sorted({point.begins_at for point in points})
    by_language, whole = _by_language(points), _by_time(points)

    def of_languages(name: str, title: str, unit: str, figure: Figure) -> dict[str, Any]:
        lines = {tag: [_of(sums, time, figure) for time in times] for tag, sums in by_language.items()}
        return {"name": name, "title": title, "unit": unit, "times": times, "lines": lines}

    def of_all(name: str, title: str, unit: str, figures: dict[str, Figure]) -> dict[str, Any]:
        lines = {label: [_of(whole, time, figure) for time in times] for label, figure in figures.items()}
        return {"name": name, "title": title, "unit": unit, "times": times, "lines": lines}

    return [
        of_languages("mass", "Confusion mass", "%", lambda t: _times(100, t.mass_rate)),
        of_languages("rate", "Drifts per 100 answers", "", lambda t: _times(100, t.event_rate)),
        of_all(
            "actions",
            "What the guard did, per 100 answers",
            "",
            {
                "interventions": lambda t: _times(100, _per(t.interventions, t.answers)),
                "rewinds": lambda t: _times(100, _per(t.rewinds, t.answers)),
                "stood back": lambda t: _times(100, _per(t.stood_back, t.answers)),
            },
        ),
        of_all("tokens", "Throughput", "tokens/s", {"all answers": lambda t: t.tokens / step}),
        of_all("latency", "Time of an answer", "s", {"mean": lambda t: t.mean_seconds}),
    ]


def _by_language(points: Sequence[TrafficPoint]) -> dict[str, dict[int, Traffic]]:
    """Sums by language and time; languages with the most answers have lines of their own."""
    answers: dict[str, int] = defaultdict(int)
    for point in points:
        answers[point.language] += point.traffic.answers
    kept = set(sorted(answers, key=lambda tag: -answers[tag])[:_LANGUAGES])
    sums: dict[str, dict[int, Traffic]] = defaultdict(lambda: defaultdict(Traffic))
    for point in points:
        tag = point.language if point.language in kept else _OTHERS
        sums[tag][point.begins_at] += point.traffic
    return dict(sorted(sums.items(), key=lambda item: (item[0] == _OTHERS, item[0])))


def _by_time(points: Sequence[TrafficPoint]) -> dict[int, Traffic]:
    sums: dict[int, Traffic] = defaultdict(Traffic)
    for point in points:
        sums[point.begins_at] += point.traffic
    return sums


def _of(sums: dict[int, Traffic], time: int, figure: Figure) -> float | None:
    traffic = sums.get(time)
    return None if traffic is None else figure(traffic)


def _per(count: int, of: int) -> float | None:
    return count / of if of else None


def _times(factor: float, value: float | None) -> float | None:
    return None if value is None else factor * value
