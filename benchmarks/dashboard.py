"""The dashboard over a log of a million events: how long its pages take. `python -m benchmarks.dashboard --help`."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.store import LANGUAGES, fill
from benchmarks.traffic import serving
from tlpo_guard.events.store import EventStore
from tlpo_guard.events.traffic import Traffic, TrafficPoint

KEY = "admin-key-of-the-benchmark"
REPEATS = 10
HOURS = 365 * 24
HOUR = 3600


def main(
    count: Annotated[int, typer.Option(help="Events.")] = 1_000_000,
    folder: Annotated[Path | None, typer.Option(help="Keeps the data here for the next run.")] = None,
) -> None:
    """Median and longest of ten requests each, milliseconds; the first paint where Playwright and Chromium are installed."""
    os.environ["TLPO_GUARD_ADMIN_KEY"] = KEY
    with tempfile.TemporaryDirectory() as temporary:
        data = folder or Path(temporary)
        prepare(data, count)
        table = Table("page", "median ms", "longest ms")
        with serving(data) as url, httpx.Client(base_url=url, timeout=60) as client:
            client.post("/dashboard/login", data={"key": KEY})
            for path in pages():
                seconds = [_timed(client, f"/dashboard{path}") for _ in range(REPEATS)]
                table.add_row(path or "/", f"{statistics.median(seconds) * 1e3:.0f}", f"{max(seconds) * 1e3:.0f}")
            Console().print(table)
            paint = first_paint(url)
        Console().print("first paint of the overview: " + ("not measured" if paint is None else f"{paint:.0f} ms"))


def prepare(data: Path, count: int) -> None:
    """Events, and a year of traffic in eight languages."""
    data.mkdir(parents=True, exist_ok=True)
    with closing(EventStore(data / "events.sqlite3")) as store:
        if store.stats().total < count:
            fill(store, count)
            now = int(time.time())
            traffic = Traffic(10, 1_000, 1_000, 12.5, 30, 25, 2, 1, 40.0)
            for begin in range(0, HOURS, 500):
                hours = range(begin, min(begin + 500, HOURS))
                store.traffic.add(
                    [TrafficPoint(now - hour * HOUR, tag, "base", traffic) for hour in hours for tag in LANGUAGES]
                )


def pages() -> Iterator[str]:
    """What is asked for: every range of the overview, and lists by filters that fit many events, few or none."""
    yield from (f"?range={name}" for name in ("day", "week", "year"))
    yield "/series?range=year"
    yield "/events"
    yield "/events?language=ko"
    yield "/events?kind=word"
    yield "/events?language=ko&kind=script&version=v0001"
    yield "/events?language=ko&kind=word&model=smollm2"
    yield "/events?user=user-17"
    yield f"/events/{2:032x}"
    yield "/users"
    yield "/users/one?user=user-17"


def first_paint(url: str) -> float | None:
    """Milliseconds from the request for the overview to its first paint; None where no browser can be started."""
    try:
        from tests.server.dashboard.browser import chromium, signed_in
    except ImportError:
        return None
    import pytest

    try:
        with chromium() as browser, signed_in(browser, url, key=KEY) as page:
            page.reload()
            page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length")
            return float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    except pytest.skip.Exception:
        return None


def _timed(client: httpx.Client, path: str) -> float:
    began = time.perf_counter()
    client.get(path).raise_for_status()
    return time.perf_counter() - began


if __name__ == "__main__":
    typer.run(main)
