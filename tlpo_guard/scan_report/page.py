"""One HTML page that opens offline: figures by language, month and model, and examples."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from jinja2 import Environment, PackageLoader

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.scan import Scanned
from tlpo_guard.scan_report.record import Record
from tlpo_guard.scan_report.tally import Counts, Tally

__all__ = ["PageReport"]

_STRINGS = 30


class PageReport:
    """Counts answers, and writes the page when the block ends well."""

    def __init__(self, path: Path, title: str) -> None:
        self._path, self._title = path, title
        self._tally = Tally()

    def add(self, record: Record, scanned: Scanned) -> None:
        self._tally.add(record, scanned)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            return
        try:
            self._path.write_text(self._page(), encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(
                f"{self._path} cannot be written ({error.strerror}); choose another --report"
            ) from error

    def _page(self) -> str:
        tally = self._tally
        pages = Environment(loader=PackageLoader("tlpo_guard.scan_report", ""), autoescape=True, trim_blocks=True)
        groups = [
            ("By language", "language", _largest(tally.languages)),
            ("By month", "month", sorted(tally.months.items())),
            ("By model", "model", _largest(tally.models)),
        ]
        return pages.get_template("page.html.jinja").render(
            title=self._title,
            made=datetime.now(UTC),
            tally=tally,
            groups=[group for group in groups if group[2]],
            strings=tally.strings.most_common(_STRINGS),
            examples=tally.examples(),
        )


def _largest(groups: Mapping[str, Counts]) -> list[tuple[str, Counts]]:
    return sorted(groups.items(), key=lambda group: -group[1].answers)
