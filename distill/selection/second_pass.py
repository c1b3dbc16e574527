"""The events that were drawn, looked at whole; those that will not do make room for others."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from distill.selection.groups import Base, Group, group_events, unusable
from distill.selection.limits import BIASED, Limits, Offer, Tally
from distill.selection.pool import Pool
from distill.selection.selected import Cap, Selected
from tlpo_guard.events.log import TrainingLog
from tlpo_guard.events.record import Event

__all__ = ["SecondPass", "Unfit"]

_CHUNK = 200
_MOST_CAPS = 20

Unfit = Callable[[Event], str | None]
"""Why an event that could be trained on should not be; None where it should."""


class SecondPass:
    """Fetches the winners of a draw, by chunks, and makes points of them."""

    def __init__(self, store: TrainingLog, base: Base, unfit: Unfit, tally: Tally) -> None:
        self._store = store
        self._base = base
        self._unfit = unfit
        self._tally = tally
        self._ids = list(range(base.size))
        self._contexts: set[int] = set()
        self._prompts: Counter[tuple[str, int]] = Counter()
        self._first: datetime | None = None
        self._last: datetime | None = None

    def choose(self, pool: Pool) -> list[Group]:
        """The points of one side; contexts that another side has already are left out."""
        ranked = pool.ranked()
        limits = Limits(pool.quota, ranked)
        events = []
        for offer, event in self._with_events(ranked, limits):
            reason = unusable(event, self._base) or self._repeated(event) or self._unfit(event)
            if reason is None and self._asked_too_often(event, pool.quota.settings.max_per_prompt):
                self._tally.caps["max_per_prompt", f"one prompt of key {event.key}" if event.key else "one prompt"] += 1
            elif reason is None:
                self._tally.weighed[BIASED] += offer.biased
                limits.take(offer)
                events.append(self._light(event))
            else:
                self._tally.dropped[reason] += 1
        self._note_times(events)
        return group_events(events, self._base).groups

    def selected(self, train: list[Group], held_out: list[Group]) -> Selected:
        """Both sides, and what was left out."""
        tally = self._tally
        caps = tuple(Cap(*which, count) for which, count in tally.caps.most_common(_MOST_CAPS))
        return Selected(
            train,
            held_out,
            seen=tally.seen,
            dropped=dict(tally.dropped.most_common()),
            capped=caps,
            left_out=tally.caps.total(),
            weighed={reason: count for reason, count in tally.weighed.items() if count},
            first_event=self._first,
            last_event=self._last,
        )

    def _note_times(self, events: Sequence[Event]) -> None:
        times = [event.created_at for event in events]
        self._first = min((time for time in (self._first, *times) if time), default=None)
        self._last = max((time for time in (self._last, *times) if time), default=None)

    def _with_events(self, ranked: Sequence[Offer], limits: Limits) -> Iterator[tuple[Offer, Event]]:
        """Offers that no limit keeps out, with their events."""
        for start in range(0, len(ranked), _CHUNK):
            chunk = [offer for offer in ranked[start : start + _CHUNK] if self._has_room(offer, limits)]
            events = {event.id: event for event in self._store.get_many([offer.event_id for offer in chunk])}
            for offer in chunk:
                if offer.event_id in events and self._has_room(offer, limits):
                    yield offer, events[offer.event_id]

    def _has_room(self, offer: Offer, limits: Limits) -> bool:
        over = limits.over(offer)
        if over is not None:
            self._tally.caps[over] += 1
        return over is None

    def _repeated(self, event: Event) -> str | None:
        """Whether the context was there already, maybe under another adapter version."""
        context = hash((event.prompt_ids, event.output_ids))
        if context in self._contexts:
            return "repeated"
        self._contexts.add(context)
        return None

    def _asked_too_often(self, event: Event, most: int) -> bool:
        """Whether a key has enough points of this prompt; what others ask, too, may come from each of them."""
        prompt = event.key, hash(event.prompt_ids)
        self._prompts[prompt] += 1
        return self._prompts[prompt] > most

    def _light(self, event: Event) -> Event:
        """The event in little memory: its candidates are explored anew, and equal token ids are one object."""
        prompt, output = (tuple(map(self._ids.__getitem__, ids)) for ids in (event.prompt_ids, event.output_ids))
        return replace(event, prompt_ids=prompt, output_ids=output, candidates=())
