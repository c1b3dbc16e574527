"""How fast `scan` is on text that it has not seen, and how long the command takes. `python -m benchmarks.scan_speed --help`.

The text is other models' completions, each line once: what a cache of words saves is what it saves in any natural text. The
alternative in the same run is fastText's label for each line of five and more words. Words are what stands between spaces,
which counts little for Chinese and Japanese. In the process CPU time counts, so that other processes do not; the command is
measured by the clock, too.
"""

import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.completions import Row, load
from tlpo_guard.intent import Message
from tlpo_guard.languages import lid
from tlpo_guard.scan import Answer, Scanner

_IMPORTED = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


def main(
    data: Annotated[Path, typer.Option(help="Folder that holds lcb/.")],
    words: Annotated[int, typer.Option(help="Words that are scanned in this process; all where there are fewer.")] = 10
    ** 6,
    command_words: Annotated[int, typer.Option(help="Words that the command scans.")] = 20_000,
    runs: Annotated[int, typer.Option(help="Runs of the command, of which the median counts.")] = 5,
    strict: Annotated[bool, typer.Option("--strict", help="English is drift in every language.")] = False,
) -> None:
    """Words a second in one process, and the whole command with its start."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    rows = _unrepeated(load(data))
    random.Random(0).shuffle(rows)
    throughput(_first(rows, words), strict, console)
    command(_first(rows, command_words), runs, strict, console)
    imports(_first(rows, command_words), console)


def _unrepeated(rows: Sequence[Row]) -> list[tuple[Row, str]]:
    """The completions, each line where it stands first."""
    seen: set[str] = set()
    kept = []
    for row in rows:
        lines = []
        for line in row.completion.split("\n"):
            if line not in seen or not line.strip():
                lines.append(line)
                seen.add(line)
        if text := "\n".join(lines).strip():
            kept.append((row, text))
    return kept


def _first(texts: Sequence[tuple[Row, str]], words: int) -> list[tuple[Row, str]]:
    kept, count = [], 0
    for row, text in texts:
        if count >= words:
            break
        kept.append((row, text))
        count += _words(text)
    return kept


def _words(text: str) -> int:
    return len(text.split())


def throughput(texts: list[tuple[Row, str]], strict: bool, console: Console) -> None:
    """Words a second by language, tables of the languages made within the time, beside fastText's."""
    lines = Counter(line for _, text in texts for line in text.split("\n") if line.strip())
    count = sum(_words(text) for _, text in texts)
    title = f"{count:,} words, {100 * len(lines) / lines.total():.1f}% of {lines.total():,} lines distinct, one core"
    table = Table("language", "words", "scan words/s", "fastText words/s", "fastText's time / scan's", title=title)
    scanner = Scanner(allow_english=not strict)
    ours = theirs = 0.0
    for language, group in groupby(sorted(texts, key=lambda pair: pair[0].language), lambda pair: pair[0].language):
        own = list(group)
        answers = [Answer(text, (Message("user", row.prompt),), (row.language,)) for row, text in own]
        scanned = _seconds(lambda answers=answers: deque(scanner.scan_all(answers), maxlen=0))  # type: ignore[misc]
        labelled = _seconds(lambda own=own: _label_lines(text for _, text in own))  # type: ignore[misc]
        ours, theirs = ours + scanned, theirs + labelled
        table.add_row(language, *_speeds(sum(_words(text) for _, text in own), scanned, labelled))
    table.add_row("all", *_speeds(count, ours, theirs))
    console.print(table)


def _speeds(words: int, scanned: float, labelled: float) -> Iterator[str]:
    yield f"{words:,}"
    yield from (f"{words / seconds:,.0f}" for seconds in (scanned, labelled))
    yield f"{labelled / scanned:.2f}"


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _label_lines(texts: Iterator[str]) -> None:
    for text in texts:
        for line in text.split("\n"):
            if _words(line) >= 5:
                lid.predict(line.lower())


def command(texts: list[tuple[Row, str]], runs: int, strict: bool, console: Console) -> None:
    """The command from its start to its end, by what the records hold besides the completion."""
    count = sum(_words(text) for _, text in texts)
    languages = len({row.language for row, _ in texts})
    table = Table("records", "seconds", "CPU seconds", title=f"tlpo-guard scan, {count:,} words, {languages} languages")
    for keys in (("language",), ("prompt", "language"), ("prompt",)):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
            for row, text in texts:
                given = {"prompt": row.prompt, "language": row.language}
                record = {key: given[key] for key in keys} | {"completion": text}
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
            file.flush()
            measured = [_run([file.name, *(["--strict"] if strict else [])]) for _ in range(runs)]
        table.add_row(", ".join(keys), *_medians(measured))
    table.add_row("no record: the start alone", *_medians([_run([os.devnull]) for _ in range(runs)]))
    console.print(table)


def _medians(measured: Sequence[tuple[float, float]]) -> Iterator[str]:
    return (f"{median(column):.2f}" for column in zip(*measured, strict=True))


def _run(arguments: Sequence[str]) -> tuple[float, float]:
    """Seconds by the clock and of CPU time."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-m", "tlpo_guard", "scan", *arguments], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, cpu


def imports(texts: list[tuple[Row, str]], console: Console) -> None:
    """What the imports of one run take, by package."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        row, text = texts[0]
        file.write(json.dumps({"completion": text, "language": row.language}, ensure_ascii=False) + "\n")
        file.flush()
        arguments = [sys.executable, "-X", "importtime", "-m", "tlpo_guard", "scan", file.name]
        log = subprocess.run(arguments, capture_output=True, check=True, text=True).stderr
    spent: Counter[str] = Counter()
    for match in _IMPORTED.finditer(log):
        spent[match.group(2).split(".")[0]] += int(match.group(1))
    table = Table("package", "ms", title=f"imports, {spent.total() / 1000:.0f} ms in all, with the timer's own cost")
    for package, microseconds in spent.most_common(12):
        table.add_row(package, f"{microseconds / 1000:.1f}")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
