"""The query for events without their contexts."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, func, literal_column, or_, select, type_coerce

from tlpo_guard.events.database import Database
from tlpo_guard.events.record import EventSketch
from tlpo_guard.events.schema import EventRow

__all__ = ["read_sketches"]

_WINDOW = 2_000
_ROWID: ColumnElement[int] = literal_column("events.rowid", Integer)


def read_sketches(database: Database, not_in: Collection[str]) -> Iterator[EventSketch]:
    """All events in bounded memory, in the order of the table.

    No transaction stays open in between: what is deleted meanwhile does not come, what is added may.

    Args:
        not_in: adapter versions; events that one of them was trained on are left out.
    """
    query = _query(not_in)
    after = -1
    while True:
        with database.session() as session:
            rows = session.connection().execute(query.where(after < _ROWID)).all()
        for row in rows:
            yield EventSketch._make(row[1:])
        if len(rows) < _WINDOW:
            return
        after = rows[-1][0]


def _query(not_in: Collection[str]) -> Select[Any]:
    row = EventRow
    prompt, output, candidates = (type_coerce(c, Text) for c in (row.prompt_ids, row.output_ids, row.candidates))
    numbers = {row.token_id: "integer", row.position: "integer", row.confusion_mass: "real", row.confidence: "real"}
    odd = or_(func.instr(candidates, "NaN") > 0, *(func.typeof(column) != kind for column, kind in numbers.items()))
    names = (row.base_fingerprint, row.tokenizer_fingerprint, row.context_hash)
    size = func.length(prompt) + func.length(output)
    light = (row.id, row.request_id, row.key, row.user, row.biased, row.language, *numbers, *names)
    columns: tuple[Any, ...] = (_ROWID, *light, size, prompt != "[]", odd)
    query = select(*columns).order_by(_ROWID).limit(_WINDOW)
    if not_in:
        query = query.where(or_(row.trained_in.is_(None), row.trained_in.not_in(not_in)))
    return query
