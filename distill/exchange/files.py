"""Logs of several sites joined: events as JSON lines or as a Hugging Face dataset, and such files read back."""

import json
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal, Unpack

from pydantic import ValidationError

from distill.exchange.row import ExchangedEvent, reason
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.events.log import EventFilters, EventLog, EventSink
from tlpo_guard.events.record import Event
from tlpo_guard.files import sync

__all__ = ["Form", "Imported", "export_events", "import_events"]

Form = Literal["jsonl", "datasets"]

_LONGEST = 16 * 2**20  # bytes of a row; the longest contexts of today's models take half of it
_TOO_LONG = f"longer than {_LONGEST >> 20} MiB"
_BATCH_ROWS = 500
_BATCH_BYTES = 32 * 2**20
_SHOWN = 5
_MOST_REASONS = 100


@dataclass(slots=True)
class Imported:
    """What became of the rows of a file.

    Attributes:
        added: new events.
        repeated: events that the store, or the file, had already.
        refused: rows that are no events, by reason.
        lines: where the first of them stand, by reason; counted from 1.
    """

    added: int = 0
    repeated: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    lines: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def refuse(self, why: str, line: int) -> None:
        """Count a row that is no event."""
        if why not in self.refused and len(self.refused) >= _MOST_REASONS:
            why = "other reasons"
        self.refused[why] += 1
        if len(self.lines[why]) < _SHOWN:
            self.lines[why].append(line)


def export_events(log: EventLog, path: Path, form: Form, **filters: Unpack[EventFilters]) -> int:
    """Write events, oldest first, in bounded memory; the file or folder is there whole or not at all.

    Args:
        path: of a file for `jsonl`, of a folder that is not there yet for `datasets`.
        filters: which events; all by default.

    Returns:
        How many.

    Raises:
        ConfigurationError: the path cannot be written, or holds something that would be lost.
    """
    write = {"jsonl": _write_jsonl, "datasets": _write_dataset}[form]
    if path.is_dir() if form == "jsonl" else path.exists():
        raise ConfigurationError(f"{path} is there already; give another --output")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".tmp-") as folder:
            made, count = write(log.iter(**filters), Path(folder))
            made.replace(path)
    except OSError as exc:
        raise ConfigurationError(f"{path} cannot be written ({exc.strerror or exc}); give another --output") from exc
    sync(path.parent)
    return count


def import_events(sink: EventSink, path: Path) -> Imported:
    """Add the events of a file or dataset that `export_events` wrote, here or elsewhere; in bounded memory.

    Rows are checked one by one, and one that is no event is counted and left out. What was added before a failure stays, so that
    the same import can be done again.

    Raises:
        ConfigurationError: there is no such file, or a folder without Arrow files of events.
    """
    imported = Imported()
    try:
        rows = _read_dataset(path, imported) if path.is_dir() else _read_jsonl(path, imported)
        for events in _batches(rows):
            added = sink.add(events)
            imported.added += added
            imported.repeated += len(events) - added
    except OSError as exc:
        raise ConfigurationError(f"{path} cannot be read: {exc.strerror or exc}") from exc
    return imported


def _batches(rows: Iterable[tuple[Event, int]]) -> Iterator[list[Event]]:
    batch, size = list[Event](), 0
    for event, length in rows:
        batch.append(event)
        size += length
        if len(batch) >= _BATCH_ROWS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _write_jsonl(events: Iterable[Event], folder: Path) -> tuple[Path, int]:
    made, count = folder / "events.jsonl", 0
    with made.open("w", encoding="utf-8") as file:
        for event in events:
            file.write(json.dumps(event.to_json()) + "\n")
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return made, count


def _read_jsonl(path: Path, imported: Imported) -> Iterator[tuple[Event, int]]:
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file), 1):
            if line is None:
                imported.refuse(_TOO_LONG, number)
            elif line.strip():
                try:
                    yield ExchangedEvent.model_validate_json(line).event(), len(line)
                except ValidationError as exc:
                    imported.refuse(reason(exc), number)


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Lines; None for one that is too long to be read."""
    while line := file.readline(_LONGEST):
        if len(line) < _LONGEST or line.endswith(b"\n"):
            yield line
            continue
        while (rest := file.readline(_LONGEST)) and not rest.endswith(b"\n"):
            pass
        yield None


def _write_dataset(events: Iterable[Event], folder: Path) -> tuple[Path, int]:
    from datasets import Dataset
    from datasets.arrow_writer import ArrowWriter

    whole, made, count = folder / "events.arrow", folder / "dataset", 0
    with ArrowWriter(path=str(whole), features=_features(), writer_batch_size=_BATCH_ROWS) as writer:
        for event in events:
            writer.write(event.to_json())
            count += 1
        writer.finalize()
    with _quiet():
        Dataset.from_file(str(whole)).save_to_disk(str(made))
    return made, count


def _features() -> Any:
    """Types of the columns, said outright: a column of nothing but nulls has none of its own."""
    from datasets import Features, List, Value

    text, whole, real, truth = (Value(kind) for kind in ("string", "int64", "float64", "bool"))
    columns = dict.fromkeys(ExchangedEvent.model_fields, text)
    columns |= dict.fromkeys(("position", "token_id", "replacement_id", "top_k", "seed"), whole)
    columns |= dict.fromkeys(("confidence", "confusion_mass", "temperature", "top_p"), real)
    columns |= dict.fromkeys(("allow_english", "allow_hanja", "settled"), truth)
    columns |= dict.fromkeys(("prompt_ids", "output_ids"), List(whole))
    columns["candidates"] = List({"token_id": whole, "logprob": real, "drifts": truth})
    return Features(columns)


@contextmanager
def _quiet() -> Iterator[None]:
    from datasets import disable_progress_bars, enable_progress_bars, is_progress_bar_enabled

    enabled = is_progress_bar_enabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if enabled:
            enable_progress_bars()


def _read_dataset(path: Path, imported: Imported) -> Iterator[tuple[Event, int]]:
    """The rows of all splits. Not by `load_from_disk`: it opens whatever files the folder's state.json names."""
    import pyarrow as pa

    files = sorted(file for file in path.rglob("*.arrow") if not file.is_symlink())
    if not files and not (path / "dataset_info.json").is_file():  # an empty dataset has no files
        raise ConfigurationError(f"{path} holds no Arrow files; give a folder made by save_to_disk, or a JSONL file")
    number = 0
    for file in files:
        try:
            with pa.memory_map(str(file)) as source, pa.ipc.open_stream(source) as reader:
                for batch in reader:
                    batch.validate(full=True)
                    for index in range(batch.num_rows):
                        number += 1
                        yield from _checked(batch.slice(index, 1), number, imported)
        except pa.ArrowInvalid as exc:
            raise ConfigurationError(f"{file} is no Arrow stream: {exc}") from exc


def _checked(row: Any, number: int, imported: Imported) -> Iterator[tuple[Event, int]]:
    """The event of a record batch of one row, if it is one."""
    if row.nbytes > _LONGEST:
        imported.refuse(_TOO_LONG, number)
        return
    try:
        yield ExchangedEvent.model_validate(row.to_pylist()[0]).event(), row.nbytes
    except ValidationError as exc:
        imported.refuse(reason(exc), number)
