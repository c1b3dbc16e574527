"""One event as a person reads it: the answer's text with the token in place, and why the language was expected."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.dashboard.tokens import spelled, text_of
from server.engines.engine import Engine
from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.events.opening import EventStore
from tlpo_guard.events.record import Event
from tlpo_guard.intent import Claim, Message, expected_language
from tlpo_guard.intent.read_back import messages_of
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.languages.tags import languages

__all__ = ["EventView", "event_view"]

_SIBLINGS = 100  # events of one request that are looked through for more of the answer


@dataclass(frozen=True, slots=True)
class EventView:
    """One event.

    Attributes:
        messages: the conversation, read back from the prompt; empty where it was not logged or cannot be read.
        before: the answer before the point.
        token: that drifts.
        taken: what was taken instead; empty where nothing was.
        after: how the answer went on, as far as later events of the request tell.
        claims: that speak for a language in this conversation, strongest first.
        is_readable: whether this engine's tokenizer is the one that the event was logged with.
        has_context: whether the prompt was logged.
    """

    event: Event
    messages: Sequence[Message] = ()
    before: str = ""
    token: str = ""
    taken: str = ""
    after: str = ""
    claims: Sequence[Claim] = ()
    is_readable: bool = True
    has_context: bool = True


def event_view(engine: Engine, store: EventStore, event: Event) -> EventView:
    """One event; reads the log for its request's other events."""
    if event.tokenizer_fingerprint != engine.card.tokenizer_fingerprint:
        return EventView(event, token=f"token {event.token_id}", is_readable=False)
    taken = "" if event.replacement_id is None else spelled(engine, event.replacement_id)
    token = spelled(engine, event.token_id)
    if not event.prompt_ids:
        return EventView(event, token=token, taken=taken, has_context=False)
    messages = messages_of(engine.tokenizer.decode, engine.tokenizer.special_tokens, event.prompt_ids)
    return EventView(
        event,
        messages,
        text_of(engine, event.output_ids),
        token,
        taken,
        text_of(engine, _continuation(store, event)),
        _claims(event, messages),
    )


def _continuation(store: EventStore, event: Event) -> Sequence[int]:
    """The answer behind the point, as far as it is known."""
    stands = event.token_id if event.replacement_id is None else event.replacement_id
    start = (*event.output_ids, stands)
    siblings, _ = store.page(request_id=event.request_id, limit=_SIBLINGS)
    longest: Sequence[int] = start
    for other in siblings:
        same = other.prompt_ids == event.prompt_ids and other.output_ids[: len(start)] == start
        if same and len(other.output_ids) > len(longest):
            longest = other.output_ids
    return longest[len(start) :]


def _claims(event: Event, messages: Sequence[Message]) -> Sequence[Claim]:
    """What spoke for languages; they are no part of the log, and are read anew from the conversation that is."""
    try:
        said = languages(event.language) if event.decided_by in (DecidedBy.REQUEST, DecidedBy.SERVER) else ()
    except UnknownLanguageError:
        said = ()
    asked, server = (said, ()) if event.decided_by is DecidedBy.REQUEST else ((), said)
    return expected_language(asked, server, messages).claims
