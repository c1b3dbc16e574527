"""Events as training data: confusion points that share one sequence become one group."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.events.record import Event
from tlpo_guard.languages.relations import base_language
from tlpo_guard.languages.tags import languages
from tlpo_guard.policy import GuardPolicy

__all__ = [
    "IMPROBABLE",
    "OUTSIDE",
    "Base",
    "Group",
    "Grouping",
    "group_events",
    "is_held_out",
    "primary_language",
    "split",
    "unusable",
]

OUTSIDE = "token ids outside the vocabulary"
IMPROBABLE = "impossible probabilities"

_ROUNDING = 1e-3  # what a log-probability in float16 may lie above 0


@dataclass(frozen=True, slots=True)
class Base:
    """The model that events must come from to be worth training on.

    Attributes:
        fingerprint: of the base weights.
        tokenizer_fingerprint: of the tokenizer; ids of another one mean other text.
        size: columns of the logits; ids from here on do not exist.
        max_tokens: longest sequence to train on.
    """

    fingerprint: str
    tokenizer_fingerprint: str
    size: int
    max_tokens: int = 2048


@dataclass(frozen=True, slots=True)
class Group:
    """The confusion points of one request that share a sequence.

    Attributes:
        request_id: where they come from; decides between training and held-out.
        ids: token ids of the prompt and the longest output.
        prompt_length: how many of `ids` are the prompt.
        points: ascending indexes into `ids`; the logits row at index i predicts token i + 1.
        language: expected languages, BCP-47, comma-separated.
        allow_english: Latin letters are neutral.
        allow_hanja: Han characters in Korean are neutral.
        scripts: further allowed scripts, ISO 15924, comma-separated.
        admitted: languages that may stand in the answer, too, BCP-47, comma-separated.
        event_ids: the events behind the points.
    """

    request_id: str
    ids: tuple[int, ...]
    prompt_length: int
    points: tuple[int, ...]
    language: str
    allow_english: bool = True
    allow_hanja: bool = False
    scripts: str = ""
    admitted: str = ""
    event_ids: tuple[str, ...] = ()

    def output_before(self, point: int) -> tuple[int, ...]:
        """The output tokens that stand before the confusion point at an index."""
        return self.ids[self.prompt_length : point + 1]

    @property
    def policy(self) -> GuardPolicy:
        """What the answer may hold."""
        return _policy(self.language, self.allow_english, self.allow_hanja, self.scripts, self.admitted)


@lru_cache(maxsize=1024)
def _policy(language: str, allow_english: bool, allow_hanja: bool, scripts: str, admitted: str) -> GuardPolicy:
    return GuardPolicy(
        languages=languages(language),
        admitted=languages(admitted),
        allow_english=allow_english,
        allow_hanja=allow_hanja,
        scripts_too=tuple(scripts.split(",")) if scripts else (),
    )


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups, and why the other events were left out (reason -> events)."""

    groups: list[Group]
    dropped: Mapping[str, int]

    @property
    def points(self) -> int:
        """Confusion points in all groups."""
        return sum(len(group.points) for group in self.groups)


def group_events(events: Iterable[Event], base: Base, unfit: Callable[[Event], str | None] | None = None) -> Grouping:
    """Group events by sequence; unusable and repeated ones are counted by reason.

    Args:
        events: from the store.
        base: what they must come from.
        unfit: why an event that could be trained on should not be, None where it should.
    """
    dropped: Counter[str] = Counter()
    by_request: dict[tuple[object, ...], list[Event]] = {}
    for event in events:
        reason = unusable(event, base)
        if reason is None and unfit is not None:
            reason = unfit(event)
        if reason is not None:
            dropped[reason] += 1
            continue
        policy = (event.language, event.allow_english, event.allow_hanja, event.scripts, event.admitted)
        key = (event.request_id, event.prompt_ids, *policy)
        by_request.setdefault(key, []).append(event)
    groups = [_group(chain, dropped) for of_request in by_request.values() for chain in _chains(of_request)]
    return Grouping(groups, dict(dropped))


def unusable(event: Event, base: Base) -> str | None:
    """Why an event cannot be trained on; None where it can."""
    if event.base_fingerprint != base.fingerprint:
        return "another base model"
    if event.tokenizer_fingerprint != base.tokenizer_fingerprint:
        return "another tokenizer"
    if not event.prompt_ids or event.position != len(event.output_ids):
        return "no context"
    ids = event.prompt_ids + event.output_ids
    if len(ids) > base.max_tokens:
        return "too long"
    if min(*ids, event.token_id) < 0 or max(*ids, event.token_id) >= base.size:
        return OUTSIDE
    if not _are_probabilities(event):
        return IMPROBABLE
    try:
        known = languages(event.language)
    except UnknownLanguageError:
        return "unknown language"
    return None if known else "unknown language"


def _are_probabilities(event: Event) -> bool:
    """Comparisons with NaN are false."""
    if not 0.0 <= event.confusion_mass <= 1.0 + _ROUNDING:
        return False
    return all(candidate.logprob <= _ROUNDING for candidate in event.candidates)


def _chains(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Events of one request, longest output first, in lists whose outputs are prefixes of the first one's."""
    left = sorted(events, key=lambda e: (-len(e.output_ids), e.output_ids, e.id))
    while left:
        longest = left[0].output_ids
        chain = [e for e in left if longest[: len(e.output_ids)] == e.output_ids]
        yield chain
        left = [e for e in left if longest[: len(e.output_ids)] != e.output_ids]


def _group(chain: Sequence[Event], dropped: Counter[str]) -> Group:
    first = chain[0]
    by_point: dict[int, str] = {}
    for event in chain:
        point = len(event.prompt_ids) + event.position - 1
        if point in by_point:
            dropped["repeated"] += 1
        else:
            by_point[point] = event.id
    points = tuple(sorted(by_point))
    return Group(
        request_id=first.request_id,
        ids=first.prompt_ids + first.output_ids,
        prompt_length=len(first.prompt_ids),
        points=points,
        language=first.language,
        allow_english=first.allow_english,
        allow_hanja=first.allow_hanja,
        scripts=first.scripts,
        admitted=first.admitted,
        event_ids=tuple(by_point[p] for p in points),
    )


@lru_cache(maxsize=1024)
def primary_language(tags: str) -> str:
    """The first of some expected languages, without script and region: `zh` of `zh-Hant,en`."""
    return base_language(languages(tags)[0])


def is_held_out(request_id: str, share: float) -> bool:
    """Whether a request is kept for the gate, by a hash of its id: it never changes sides."""
    digest = hashlib.sha256(request_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def split(groups: Sequence[Group], held_out_share: float = 0.2) -> tuple[list[Group], list[Group]]:
    """Training and held-out groups."""
    parts: tuple[list[Group], list[Group]] = ([], [])
    for group in groups:
        parts[is_held_out(group.request_id, held_out_share)].append(group)
    return parts
