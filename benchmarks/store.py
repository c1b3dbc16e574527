"""A log of a million events: how long its readers wait. `python -m benchmarks.store --help`."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.events.store import EventStore

LANGUAGES = ("ko", "ar", "vi", "de", "ru", "ja", "es", "fr")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 10_000
REPEATS = 20


def main(
    count: Annotated[int, typer.Option(help="Events.")] = 1_000_000,
    folder: Annotated[Path | None, typer.Option(help="Keeps the log here for the next run.")] = None,
) -> None:
    """Median and longest of twenty queries each, milliseconds."""
    with tempfile.TemporaryDirectory() as temporary, closing(EventStore((folder or Path(temporary)) / "log")) as store:
        if store.stats().total < count:
            fill(store, count)
        table = Table("query", "median ms", "longest ms")
        for name, query in queries(store, count):
            seconds = [_timed(query) for _ in range(REPEATS)]
            table.add_row(name, f"{statistics.median(seconds) * 1e3:.1f}", f"{max(seconds) * 1e3:.1f}")
    Console().print(table)


def fill(store: EventStore, count: int) -> None:
    """Add events of so many requests with three points each, half a second apart."""
    for start in track(range(0, count, BATCH), description="fill"):
        store.add([event(number) for number in range(start, min(start + BATCH, count))])


def event(number: int) -> Event:
    """One of three points of a request."""
    dice = random.Random(number // 3)
    ids = tuple(dice.randrange(49_152) for _ in range(80))
    position = number % 3 * 10
    candidates = tuple(Candidate(dice.randrange(49_152), -0.5 * rank, rank % 2 == 0) for rank in range(16))
    return Event(
        id=f"{number:032x}",
        created_at=BEGAN + timedelta(seconds=0.5 * number),
        request_id=f"chatcmpl-{number // 3}",
        user=f"user-{dice.randrange(5_000)}",
        model="smollm2",
        base_fingerprint="base",
        tokenizer_fingerprint="tokenizer",
        adapter_version=f"v{number // 200_000:04d}",
        language=LANGUAGES[dice.randrange(len(LANGUAGES))],
        decided_by="prompt",
        confidence=1.0,
        allow_english=True,
        allow_hanja=False,
        prompt_ids=ids[:50],
        output_ids=ids[50 : 50 + position],
        position=position,
        token_id=candidates[0].token_id,
        kind="script",
        candidates=candidates,
        confusion_mass=dice.random(),
        action="masked",
        replacement_id=None,
        temperature=0.7,
        top_p=1.0,
        top_k=None,
        seed=None,
        detector_version="1",
    )


def queries(store: EventStore, count: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """What the command line and /admin ask."""
    dice = random.Random(0)

    def moment() -> datetime:
        return BEGAN + timedelta(seconds=0.5 * dice.randrange(count))

    def newest(**filters: str) -> object:
        return store.page(limit=50, **filters)[0]  # type: ignore[arg-type]

    yield "newest 50", newest
    yield "50 since a moment", lambda: list(store.iter(limit=50, since=moment()))
    yield "50 of an hour", lambda: list(store.iter(limit=50, since=(at := moment()), until=at + timedelta(hours=1)))
    yield "newest 50 of a language", lambda: newest(language=dice.choice(LANGUAGES))
    yield "50 of a language since a moment", lambda: list(store.iter(limit=50, language="ko", since=moment()))
    yield "newest 50 of an adapter", lambda: newest(adapter_version="v0001")
    yield "one request", lambda: list(store.iter(request_id=f"chatcmpl-{dice.randrange(count // 3)}"))
    yield "one user", lambda: list(store.iter(user=f"user-{dice.randrange(5_000)}"))
    yield "one event", lambda: store.get(f"{dice.randrange(count):032x}")
    yield "50 not yet distilled", lambda: list(store.iter(limit=50, fresh_only=True))


def _timed(query: Callable[[], object]) -> float:
    began = time.perf_counter()
    query()
    return time.perf_counter() - began


if __name__ == "__main__":
    typer.run(main)
