"""Which events a run uses: a weighted sample of bounded size, balanced over languages, tokens, requests and users.

Weighted reservoir sampling (Efraimidis and Spirakis 2006, A-ExpJ's keys): the smallest -log(u) / weight win, weight being the
confusion mass. `u` comes from a hash of the context, so that repeats of one context meet and runs can be repeated.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from distill import config
from distill.points import Base, Group, group_events, is_held_out, unusable
from tlpo_guard.errors import TooFewEventsError, UnknownLanguageError
from tlpo_guard.events.record import Event
from tlpo_guard.events.store import EventSketch, EventStore
from tlpo_guard.languages import languages

__all__ = ["Cap", "Selected", "select_points"]

_LEAST_WEIGHT = 0.01
_SPARE = 1.5  # how many times as many points are kept in mind as are wanted, for some will not do
_CHUNK = 500
_MOST_CAPS = 20
_LONGEST_ID = 9  # characters of a token id in JSON, with what stands between two


@dataclass(frozen=True, slots=True)
class Cap:
    """Events that were left out because there were too many of their kind.

    Attributes:
        reason: the setting that did it.
        which: the token, request, user or language.
        left_out: how many.
    """

    reason: str
    which: str
    left_out: int


@dataclass(frozen=True, slots=True)
class Selected:
    """The points of a run.

    Attributes:
        seen: events looked at.
        dropped: events that cannot or should not be trained on, by reason.
        capped: what there was too much of, the biggest first, at most twenty.
    """

    train: list[Group]
    held_out: list[Group]
    seen: int
    dropped: Mapping[str, int]
    capped: tuple[Cap, ...]

    @property
    def event_ids(self) -> list[str]:
        """The events behind all points, sorted."""
        return sorted(event_id for group in (*self.train, *self.held_out) for event_id in group.event_ids)

    @property
    def points(self) -> int:
        """Points on both sides."""
        return sum(len(group.points) for group in (*self.train, *self.held_out))

    @property
    def by_language(self) -> dict[str, int]:
        """Points of each language."""
        counts: Counter[str] = Counter()
        for group in (*self.train, *self.held_out):
            counts[group.language] += len(group.points)
        return dict(counts.most_common())

    def require_enough(self, min_events: int) -> None:
        """Whether there is enough to train on and to measure on.

        Raises:
            TooFewEventsError: there is not; says why.
        """
        if self.points >= min_events and self.train and self.held_out:
            return
        why = ", ".join(f"{count} {reason}" for reason, count in self.dropped.items()) or "none left out"
        raise TooFewEventsError(
            f"{self.points} usable events in {len(self.train)} training and {len(self.held_out)} held-out sequences ({why}); "
            f"a run needs {min_events} (--min-events) and both kinds of sequences"
        )

    def as_dict(self) -> dict[str, Any]:
        """For the report."""
        return {
            "events_seen": self.seen,
            "training_points": sum(len(group.points) for group in self.train),
            "held_out_points": sum(len(group.points) for group in self.held_out),
            "by_language": self.by_language,
            "dropped": dict(self.dropped),
            "capped": [{"reason": cap.reason, "which": cap.which, "left_out": cap.left_out} for cap in self.capped],
        }


def select_points(
    store: EventStore,
    base: Base,
    settings: config.Selection,
    unfit: Callable[[Event], str | None],
    *,
    seed: int,
    learnt: Collection[str],
) -> Selected:
    """Choose the points of a run; two passes, the first over sketches of all events, the second over the chosen ones.

    Args:
        base: what events must come from.
        unfit: why an event that could be trained on should not be, None where it should.
        learnt: adapter versions whose events are not used again.
    """
    tally = _Tally()
    sides = {False: _Side(settings.max_points, settings), True: _Side(settings.max_held_out, settings)}
    for sketch in store.sketches(not_in=learnt):
        tally.seen += 1
        reason = _refused(sketch, base, settings)
        if reason is not None:
            tally.dropped[reason] += 1
            continue
        sides[is_held_out(sketch.request_id, settings.held_out_share)].offer(_Offer.of(sketch, seed), tally)
    held_out = _chosen(store, sides[True], base, unfit, tally)
    sides[False].forget(sides[True], tally)  # what the gate measures on is not trained on, whoever asked it
    train = _chosen(store, sides[False], base, unfit, tally)
    return Selected(train, held_out, tally.seen, dict(tally.dropped), tally.biggest_caps())


@dataclass(slots=True)
class _Tally:
    seen: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    caps: Counter[tuple[str, str]] = field(default_factory=Counter)

    def biggest_caps(self) -> tuple[Cap, ...]:
        return tuple(Cap(*which, count) for which, count in self.caps.most_common(_MOST_CAPS))


def _refused(sketch: EventSketch, base: Base, settings: config.Selection) -> str | None:
    if sketch.base_fingerprint != base.fingerprint:
        return "another base model"
    if sketch.tokenizer_fingerprint != base.tokenizer_fingerprint:
        return "another tokenizer"
    if not sketch.has_prompt:
        return "no context"
    if not _is_known(sketch.language):
        return "unknown language"
    if not 0 <= sketch.token_id < base.size or sketch.position < 0:
        return "token ids outside the vocabulary"
    if sketch.context_characters > _LONGEST_ID * settings.max_tokens:
        return "too long"
    if sketch.odd_probabilities or not 0.0 <= sketch.confusion_mass <= 1.0 + 1e-6:
        return "probabilities that are none"
    if not sketch.confidence >= settings.min_confidence:
        return "an expected language that is not sure"
    return None


@lru_cache(maxsize=1024)
def _is_known(tags: str) -> bool:
    try:
        return bool(languages(tags))
    except UnknownLanguageError:
        return False


@dataclass(frozen=True, slots=True, order=True)
class _Offer:
    key: float
    event_id: str
    request_id: str = field(compare=False)
    user: str | None = field(compare=False)
    language: str = field(compare=False)
    token_id: int = field(compare=False)
    context: tuple[str, int] = field(compare=False)

    @classmethod
    def of(cls, sketch: EventSketch, seed: int) -> "_Offer":
        digest = hashlib.blake2b(f"{seed} {sketch.context_hash} {sketch.position}".encode(), digest_size=8).digest()
        uniform = (int.from_bytes(digest, "big") + 1) / (2**64 + 1)
        key = -math.log(uniform) / max(sketch.confusion_mass, _LEAST_WEIGHT)
        context = (sketch.context_hash, sketch.position)
        return cls(key, sketch.event_id, sketch.request_id, sketch.user, sketch.language, sketch.token_id, context)


class _Side:
    """The best offers of one side, training or held-out; a language never has more in mind than could be used."""

    def __init__(self, most: int, settings: config.Selection) -> None:
        self.most = most
        self.settings = settings
        self._room = math.ceil(_SPARE * most)
        self._by_language: defaultdict[str, dict[tuple[str, int], _Offer]] = defaultdict(dict)

    def offer(self, offer: _Offer, tally: _Tally) -> None:
        """Take an event into account."""
        known = self._by_language[offer.language]
        if offer.context in known:
            tally.dropped["repeated"] += 1
            return
        known[offer.context] = offer
        if len(known) > 2 * self._room:
            self._thin_out(known, tally)

    def _thin_out(self, known: dict[tuple[str, int], _Offer], tally: _Tally) -> None:
        """Keep the best, by token and by user at first, so that a flood of one does not wash out the others."""
        limits = _Limits(
            self._room, self.settings, several_languages=False, several_users=_several_users(known.values())
        )
        for offer in sorted(known.values()):
            over = limits.over(offer)
            if over is None:
                limits.take(offer)
            else:
                del known[offer.context]
                tally.caps[over] += 1

    def forget(self, other: "_Side", tally: _Tally) -> None:
        """Leave out the contexts that another side has."""
        for language, known in self._by_language.items():
            for context in known.keys() & other._by_language[language].keys():
                del known[context]
                tally.dropped["repeated"] += 1

    def ranked(self) -> list[_Offer]:
        """All that are in mind, best first."""
        return sorted(offer for known in self._by_language.values() for offer in known.values())


def _several_users(offers: Collection[_Offer]) -> bool:
    users = iter(offer.user for offer in offers)
    first = next(users, None)
    return any(user != first for user in users)


class _Limits:
    """How much there may still be of each kind."""

    def __init__(self, most: int, settings: config.Selection, *, several_languages: bool, several_users: bool) -> None:
        self._most = most
        self._settings = settings
        self._of_language = settings.max_language_share * most if several_languages else math.inf
        self._of_user = settings.max_user_share * most if several_users else math.inf
        self._counts: Counter[tuple[str, object]] = Counter()
        self.taken = 0

    def over(self, offer: _Offer) -> tuple[str, str] | None:
        """The limit that an event would break, and what there is too much of; None where it may be used."""
        counts, settings = self._counts, self._settings
        token = (offer.language, offer.token_id)
        if counts["token", token] >= settings.max_per_token:
            return "max_per_token", f"token {offer.token_id} in {offer.language}"
        if counts["request", offer.request_id] >= settings.max_per_request:
            return "max_per_request", f"request {offer.request_id}"
        if offer.user is not None and counts["user", offer.user] >= self._of_user:
            return "max_user_share", f"user {offer.user}"
        if counts["language", offer.language] >= self._of_language:
            return "max_language_share", offer.language
        if self.taken >= self._most:
            return "max_points", "all"
        return None

    def take(self, offer: _Offer) -> None:
        """Count an event as used."""
        self.taken += 1
        for kind in (
            ("token", (offer.language, offer.token_id)),
            ("request", offer.request_id),
            ("user", offer.user),
            ("language", offer.language),
        ):
            self._counts[kind] += 1


def _chosen(
    store: EventStore, side: _Side, base: Base, unfit: Callable[[Event], str | None], tally: _Tally
) -> list[Group]:
    ranked = side.ranked()
    most = min(side.most, len(ranked))
    several = len({offer.language for offer in ranked}) > 1
    limits = _Limits(most, side.settings, several_languages=several, several_users=_several_users(ranked))
    events: list[Event] = []
    for offer, event in _with_events(store, ranked, limits, tally):
        reason = unusable(event, base) or unfit(event)
        if reason is None:
            limits.take(offer)
            events.append(event)
        else:
            tally.dropped[reason] += 1
    grouping = group_events(events, base)
    tally.dropped.update(grouping.dropped)
    return grouping.groups


def _with_events(
    store: EventStore, ranked: list[_Offer], limits: _Limits, tally: _Tally
) -> Iterator[tuple[_Offer, Event]]:
    """Offers that no limit keeps out, with their events, fetched by chunks."""
    for start in range(0, len(ranked), _CHUNK):
        chunk = []
        for offer in ranked[start : start + _CHUNK]:
            over = limits.over(offer)
            if over is None:
                chunk.append(offer)
            else:
                tally.caps[over] += 1
        found = {event.id: event for event in store.get_many([offer.event_id for offer in chunk])}
        for offer in chunk:
            over = limits.over(offer)
            if over is not None:
                tally.caps[over] += 1
            elif offer.event_id in found:
                yield offer, found[offer.event_id]
