"""Completions in the benchmark's form: CSV, plain or gzipped."""

import csv
import gzip
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tlpo_guard.errors import ConfigurationError

__all__ = ["FIELDS", "Completion", "read_completions"]

FIELDS = ("id", "model", "completion", "task", "source", "language")
_NEEDED = ("completion", "language")


@dataclass(frozen=True, slots=True)
class Completion:
    """One row of the file; columns that it lacks are empty."""

    id: str
    model: str
    completion: str
    task: str
    source: str
    language: str


def read_completions(path: Path) -> Iterator[Completion]:
    """The completions of a file, one at a time.

    Raises:
        ConfigurationError: the file cannot be read, or lacks a column.
    """
    csv.field_size_limit(sys.maxsize)
    try:
        with _opened(path) as file:
            rows = csv.DictReader(file)
            missing = [name for name in _NEEDED if name not in (rows.fieldnames or ())]
            if missing:
                raise ConfigurationError(
                    f"{path} has no column {missing[0]!r}; the benchmark's are {', '.join(FIELDS)}"
                )
            for row in rows:
                yield Completion(**{name: row.get(name) or "" for name in FIELDS})
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as exc:
        raise ConfigurationError(f"{path} cannot be read as CSV ({exc})") from exc


def _opened(path: Path) -> io.TextIOBase:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
