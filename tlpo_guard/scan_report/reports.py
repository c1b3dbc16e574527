"""Where answers of a scan are put for a report, by the name of its file."""

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.scan import Scanned
from tlpo_guard.scan_report.record import Record

__all__ = ["Report", "open_report"]


class Report(Protocol):
    """A file that is written while a scan runs, and whole when the block ends well."""

    def add(self, record: Record, scanned: Scanned) -> None:
        """Take one answer."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_report(path: Path, title: str) -> Report:
    """A report in a file: HTML for `.html`, a table for `.parquet`.

    Args:
        title: what was scanned, for people.

    Raises:
        ConfigurationError: another ending, or a folder that does not exist.
    """
    if not path.absolute().parent.is_dir():
        raise ConfigurationError(f"{path.parent} is no folder; make it, or choose another --report")
    match path.suffix.lower():
        case ".html" | ".htm":
            from tlpo_guard.scan_report.page import PageReport

            return PageReport(path, title)
        case ".parquet":
            from tlpo_guard.scan_report.table import TableReport

            return TableReport(path)
    raise ConfigurationError(f"{path} is neither .html nor .parquet; name the report so that its form is clear")
