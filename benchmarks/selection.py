"""Selection from a log of a million events: how long it takes and what memory. `python -m benchmarks.selection --help`."""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.store import BATCH
from benchmarks.store import event as plain_event
from distill.config import Selection
from distill.selection.groups import Base
from distill.selection.point_selection import select_points
from tlpo_guard.events.record import Event
from tlpo_guard.events.store import EventStore

BASE = Base("b" * 64, "t" * 64, 49_152)
LANGUAGES = {"ko": 40, "zh": 25, "ru": 15, "ar": 10, "vi": 6, "de": 3, "fi": 1}  # percent
TOKENS = 2_000  # different drifting tokens; the first of them in a third of all events
CHILD = "import sys; from benchmarks.selection import measured; measured(sys.argv[1])"


def main(
    count: Annotated[int, typer.Option(help="Events.")] = 1_000_000,
    folder: Annotated[Path | None, typer.Option(help="Keeps the log here for the next run.")] = None,
) -> None:
    """Seconds and the most memory of one selection, the whole of a process of its own, without a model."""
    with tempfile.TemporaryDirectory() as temporary:
        path = (folder or Path(temporary)) / "events.sqlite3"
        with closing(EventStore(path)) as store:
            fill(store, count)
        subprocess.run([sys.executable, "-c", CHILD, str(path)], check=True)


def fill(store: EventStore, count: int) -> None:
    """Add events until there are so many."""
    for start in track(range(store.stats().total, count, BATCH), description="fill"):
        store.add([event(number) for number in range(start, min(start + BATCH, count))])


def event(number: int) -> Event:
    """One of three points of a request; languages, tokens and users are as unequal as in a real log, and some are poison."""
    of_request, dice = random.Random(-number // 3), random.Random(f"point {number}")
    (language,) = of_request.choices(list(LANGUAGES), list(LANGUAGES.values()))
    made = replace(
        plain_event(number),
        base_fingerprint=BASE.fingerprint,
        tokenizer_fingerprint=BASE.tokenizer_fingerprint,
        language=language,
        user=f"user-{int(5_000 * of_request.random() ** 3)}",
        token_id=int(TOKENS * dice.random() ** 4),
        confusion_mass=dice.betavariate(0.5, 1.0),
        confidence=min(1.0, of_request.uniform(0.4, 2.0)),
    )
    return replace(made, **_poison(dice.randrange(100)))


def _poison(kind: int) -> dict[str, Any]:
    match kind:
        case 0:
            return {"base_fingerprint": "o" * 64}
        case 1:
            return {"token_id": 10**6}
        case 2:
            return {"user": "flooder", "token_id": 7, "confusion_mass": 1.0, "language": "ko"}
        case _:
            return {}


def measured(path: str) -> None:
    """Select, and print the figures of this process."""
    before, began = _peak(), time.perf_counter()
    with closing(EventStore(Path(path))) as store:
        found = select_points(store, BASE, Selection(), lambda event: None, seed=0, learnt=())
    table = Table("what", "which", "figure")
    for row in _figures(time.perf_counter() - began, before, found.as_dict()):
        table.add_row(*map(str, row))
    Console().print(table)


def _figures(seconds: float, before: float, found: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    yield "seconds", "", f"{seconds:.1f}"
    yield "peak RSS, MB", "before", f"{before:.0f}"
    yield "peak RSS, MB", "after", f"{_peak():.0f}"
    yield from (("events", name, found[name]) for name in ("events_seen", "training_points", "held_out_points"))
    yield from (("used", language, count) for language, count in found["by_language"].items())
    yield from (("refused", reason, count) for reason, count in found["dropped"].items())
    yield from (("capped", f"{cap['reason']}: {cap['which']}", cap["left_out"]) for cap in found["capped"])


def _peak() -> float:
    """Megabytes; not `ru_maxrss`, which begins with what the process had that started this one."""
    (line,) = (row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    typer.run(main)
