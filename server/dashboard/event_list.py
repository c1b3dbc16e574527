"""Events as rows of a list: a few words of the answer, and what the guard did there."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.dashboard.tokens import spelled, text_of
from server.engines.engine import Engine
from tlpo_guard.events.record import Event

__all__ = ["EventLine", "event_lines"]

_TOKENS = 20  # of the answer that a row shows
_CHARACTERS = 90


@dataclass(frozen=True, slots=True)
class EventLine:
    """One row.

    Attributes:
        before: the end of the answer before the point.
        token: what would have come.
        taken: what was taken instead; empty where nothing was.
        is_readable: whether the engine's tokenizer is the one that the event was logged with.
    """

    event: Event
    before: str
    token: str
    taken: str
    is_readable: bool


def event_lines(engine: Engine, events: Sequence[Event]) -> list[EventLine]:
    """Events as rows."""
    return [_line(engine, event) for event in events]


def _line(engine: Engine, event: Event) -> EventLine:
    if event.tokenizer_fingerprint != engine.card.tokenizer_fingerprint:
        return EventLine(event, "", f"token {event.token_id}", "", False)
    before = text_of(engine, event.output_ids[-_TOKENS:]).lstrip("�")
    if len(event.output_ids) > _TOKENS or len(before) > _CHARACTERS:
        before = f"…{before[-_CHARACTERS:]}"
    taken = "" if event.replacement_id is None else spelled(engine, event.replacement_id)
    return EventLine(event, before, spelled(engine, event.token_id), taken, True)
