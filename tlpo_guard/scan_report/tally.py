"""Counts over a scan, and a sample of what it found, in bounded memory."""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from tlpo_guard.scan import Drift, Scanned
from tlpo_guard.scan_report.record import Record

__all__ = ["Counts", "Example", "Found", "Tally"]

_CONTEXT = 80  # characters of an answer on each side of a drift
_LONGEST = 160  # characters of a drift that are shown
_SHORT = 40  # characters of a drift that is counted as a string
_STRINGS = 50_000  # of them that are counted at a time
_EXAMPLES = 5  # of each way to drift
_WAYS = 300
_GROUPS = 500  # languages, months and models that are told apart


class Found(NamedTuple):
    """A way to drift: which language was expected, how it shows, what came instead."""

    language: str
    kind: str
    detected: str


@dataclass(slots=True)
class Counts:
    """How many answers there were, and how many of them drift."""

    answers: int = 0
    drifting: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, kinds: set[str]) -> None:
        """Count one answer, by the kinds of its drifts."""
        self.answers += 1
        self.drifting += bool(kinds)
        self.kinds.update(kinds)

    @property
    def share(self) -> float:
        """The share of answers that drift, 0 to 1."""
        return self.drifting / self.answers if self.answers else 0.0


@dataclass(frozen=True, slots=True)
class Example:
    """A drift in its place; `before` and `after` are cut."""

    record_id: str
    before: str
    drift: str
    after: str


class Tally:
    """What a report shows of a scan."""

    def __init__(self) -> None:
        self.all = Counts()
        self.unknown = 0  # answers without an expected language
        self.languages: dict[str, Counts] = {}
        self.months: dict[str, Counts] = {}
        self.models: dict[str, Counts] = {}
        self.strings: Counter[tuple[str, str]] = Counter()  # what stands there instead, in which language
        self.found: Counter[Found] = Counter()
        self._examples: dict[Found, list[Example]] = {}
        self._draws = random.Random(0)

    def add(self, record: Record, scanned: Scanned) -> None:
        """Count one answer."""
        kinds = {str(drift.kind) for drift in scanned.drifts}
        self.all.add(kinds)
        self.unknown += not scanned.languages
        language = ",".join(scanned.languages) or "unknown"
        for groups, name in (
            (self.languages, language),
            (self.months, record.created and f"{record.created:%Y-%m}"),
            (self.models, record.model),
        ):
            if name and (name in groups or len(groups) < _GROUPS):
                groups.setdefault(name, Counts()).add(kinds)
        for drift in scanned.drifts:
            self._add(record, scanned.text, language, drift)

    def examples(self) -> list[tuple[Found, int, list[Example]]]:
        """The commonest ways to drift, how often each came, and some examples drawn from all of them."""
        return [(way, count, self._examples[way]) for way, count in self.found.most_common(_WAYS)]

    def _add(self, record: Record, text: str, language: str, drift: Drift) -> None:
        words = text[drift.start : drift.end]
        if len(words) <= _SHORT:
            self.strings[words, language] += 1
            if len(self.strings) > 2 * _STRINGS:
                self.strings = Counter(dict(self.strings.most_common(_STRINGS)))
        way = Found(language, str(drift.kind), drift.detected)
        self.found[way] += 1
        kept = self._examples.setdefault(way, [])
        place = self._draws.randrange(self.found[way])  # a sample in which each has the same chance
        if len(kept) < _EXAMPLES:
            kept.append(_example(record, text, drift))
        elif place < _EXAMPLES:
            kept[place] = _example(record, text, drift)


def _example(record: Record, text: str, drift: Drift) -> Example:
    start, end = drift.start, drift.end
    before, after = text[max(0, start - _CONTEXT) : start], text[end : end + _CONTEXT]
    words = text[start:end] if end - start <= _LONGEST else text[start : start + _LONGEST] + "…"
    return Example(
        record.id[:_SHORT],
        ("…" if start > _CONTEXT else "") + before,
        words,
        after + ("…" if end + _CONTEXT < len(text) else ""),
    )
