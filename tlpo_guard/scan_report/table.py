"""A Parquet table with a row for each answer."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from pyarrow import parquet

from tlpo_guard.scan import Scanned
from tlpo_guard.scan_report.record import Record

__all__ = ["TableReport"]

_ROWS = 10_000  # that are written at a time


class TableReport:
    """Rows beside the file, which takes its name when the block ends well."""

    def __init__(self, path: Path) -> None:
        self._path, self._unfinished = path, path.with_name(f".{path.name}.unfinished")
        self._rows: list[dict[str, Any]] = []
        self._schema = _schema()

    def add(self, record: Record, scanned: Scanned) -> None:
        drifts = [
            {
                "start": drift.start,
                "end": drift.end,
                "text": scanned.text[drift.start : drift.end],
                "kind": str(drift.kind),
                "found": drift.detected,
                "score": drift.score,
            }
            for drift in scanned.drifts
        ]
        expected = {"language": ",".join(scanned.languages) or None, "decided_by": str(scanned.decided_by)}
        about = {"id": record.id, "created": record.created, "model": record.model, "characters": len(scanned.text)}
        self._rows.append(about | expected | {"passed": not drifts, "drifts": drifts})
        if len(self._rows) >= _ROWS:
            self._write()

    def __enter__(self) -> Self:
        self._writer = parquet.ParquetWriter(self._unfinished, self._schema)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._write()
        finally:
            self._writer.close()
            if kind is not None:
                self._unfinished.unlink(missing_ok=True)
        if kind is None:
            self._unfinished.replace(self._path)

    def _write(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []


def _schema() -> Any:
    text, number = pa.string(), pa.int64()
    drift = pa.struct(
        [("start", number), ("end", number), ("text", text), ("kind", text), ("found", text), ("score", pa.float64())]
    )
    columns = {"id": text, "created": pa.timestamp("ms", tz="UTC"), "model": text, "characters": number}
    columns |= {"language": text, "decided_by": text, "passed": pa.bool_(), "drifts": pa.list_(drift)}
    return pa.schema(list(columns.items()))
