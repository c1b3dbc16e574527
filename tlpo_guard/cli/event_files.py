"""Events as files: JSON lines and Parquet."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

__all__ = ["write_events"]

_CHUNK = 1_000


def write_events(rows: Iterator[dict[str, Any]], form: str, output: str) -> None:
    """Write rows as `jsonl` or `parquet` to a file, JSON lines also to standard output (`-`); raises OSError."""
    if form == "parquet":
        _export_parquet(rows, output)
    elif output == "-":
        _export_jsonl(rows, sys.stdout)
    else:
        with Path(output).open("w", encoding="utf-8") as file:
            _export_jsonl(rows, file)


def _export_jsonl(rows: Iterator[dict[str, Any]], file: Any) -> None:
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _export_parquet(rows: Iterator[dict[str, Any]], output: str) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    writer = None
    while chunk := list(islice(rows, _CHUNK)):
        table = pa.Table.from_pylist(chunk, schema=_schema())
        writer = writer or parquet.ParquetWriter(output, table.schema)
        writer.write_table(table)
    if writer is None:
        parquet.write_table(pa.Table.from_pylist([], schema=_schema()), output)
    else:
        writer.close()


def _schema() -> Any:
    """Arrow types by the record's annotations, so that a chunk of nulls keeps its type."""
    import dataclasses

    import pyarrow as pa

    from tlpo_guard.events.record import Candidate, Event
    from tlpo_guard.guard.points import Action, Kind
    from tlpo_guard.languages.decided_by import DecidedBy

    candidate = pa.struct([("token_id", pa.int64()), ("logprob", pa.float64()), ("drifts", pa.bool_())])
    types: dict[Any, Any] = {int: pa.int64(), int | None: pa.int64(), float: pa.float64()}
    types |= dict.fromkeys((bool, bool | None), pa.bool_())
    types |= dict.fromkeys((str, str | None, datetime, Kind, Action, DecidedBy), pa.string())
    types |= {tuple[int, ...]: pa.list_(pa.int64()), tuple[Candidate, ...]: pa.list_(candidate)}
    return pa.schema([(field.name, types[field.type]) for field in dataclasses.fields(Event)])
