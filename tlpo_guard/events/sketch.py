"""Events without their contexts: what a reader needs that goes through the whole log."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, Text, func, literal_column, or_, select, type_coerce

from tlpo_guard.events.schema import EventRow
from tlpo_guard.events.store import EventStore

__all__ = ["EventSketch", "sketches"]

_WINDOW = 2_000
_ROWID: ColumnElement[int] = literal_column("events.rowid", Integer)


class EventSketch(NamedTuple):
    """What is quickly read of an event; strings and numbers are as they stand in the table, whoever wrote them.

    Attributes:
        context_characters: how long the prompt and the answer before the point are in JSON; a measure of their tokens.
        has_prompt: whether the context was logged.
        odd: a number is none: a probability, a position or an id.
    """

    event_id: str
    request_id: str
    user: str | None
    language: str
    token_id: int
    position: int
    confusion_mass: float
    confidence: float
    base_fingerprint: str
    tokenizer_fingerprint: str
    context_hash: str
    context_characters: int
    has_prompt: bool
    odd: bool


def sketches(store: EventStore, *, not_in: Collection[str] = ()) -> Iterator[EventSketch]:
    """All events in bounded memory, in the order of the table.

    No transaction stays open in between: what is deleted meanwhile does not come, what is added may.

    Args:
        not_in: adapter versions whose events do not come.
    """
    query = _query(not_in)
    after = -1
    while True:
        with store.session() as session:
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
    light = (row.id, row.request_id, row.user, row.language, *numbers, *names)
    columns: tuple[Any, ...] = (_ROWID, *light, size, prompt != "[]", odd)
    query = select(*columns).order_by(_ROWID).limit(_WINDOW)
    if not_in:
        query = query.where(or_(row.trained_in.is_(None), row.trained_in.not_in(not_in)))
    return query
