"""How long `scan --report` takes, and how large its page is. `python -m benchmarks.scan_report --help`.

The answers are other models' completions, spread over a year. Where there are fewer than asked for they come again, each time
with other words cut from their end, so that no answer is scanned twice. CPU time counts, so that other processes do not.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.completions import Row, load

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_DAYS = 365


def main(
    data: Annotated[Path, typer.Option(help="Folder that holds lcb/.")],
    answers: Annotated[int, typer.Option(help="Answers that are scanned.")] = 100_000,
) -> None:
    """Scan, and print what it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        words = _write(folder / "answers.jsonl", load(data), answers)
        reports = [folder / "report.html", folder / "report.parquet"]
        flags = [flag for report in reports for flag in ("--report", str(report))]
        command = [sys.executable, "-m", "tlpo_guard", "scan", str(folder / "answers.jsonl"), *flags]
        begin = time.perf_counter()
        subprocess.run(command, check=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"{answers:,} answers, {words:,} words, {(folder / 'answers.jsonl').stat().st_size / 1e6:.1f} MB")
        print(f"{used.ru_utime + used.ru_stime:.0f} s of CPU, {time.perf_counter() - begin:.0f} s by the clock")
        print(f"at most {used.ru_maxrss / 1024:.0f} MiB of memory")
        for report in reports:
            print(f"{report.name}: {report.stat().st_size / 1e6:.2f} MB")


def _write(path: Path, rows: Sequence[Row], answers: int) -> int:
    words = 0
    with path.open("w", encoding="utf-8") as file:
        for number, (row, text) in enumerate(islice(_again(rows), answers)):
            created = (_BEGIN + timedelta(days=_DAYS * number / answers)).isoformat()
            about = {"id": number, "created": created, "model": row.model, "language": row.language}
            file.write(json.dumps(about | {"completion": text}, ensure_ascii=False) + "\n")
            words += len(text.split())
    return words


def _again(rows: Sequence[Row]) -> Iterator[tuple[Row, str]]:
    for turn in count():
        for row in rows:
            yield row, row.completion if not turn else row.completion[: -7 * turn]


if __name__ == "__main__":
    typer.run(main)
