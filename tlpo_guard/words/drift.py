"""A switch of language, found as the words come: one CUSUM (Page 1954) of word ratios for every other language."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field

from tlpo_guard.languages.tags import language
from tlpo_guard.words.ratio import listed, word_ratio
from tlpo_guard.words.segment import Word

__all__ = ["Alarm", "DriftState", "WordDrift", "list_of", "watched"]

_ALARM = 11.0  # nats
_CAPITAL = 0.2  # worth of a capitalised word that speaks for another language: it may be a name
_DECAY = 0.15  # nats a word, so that scattered loan words do not add up
_CARRIED = 0.5  # of the score goes on over the end of a line: headings and items in a row do not add up
_OVER = 8.0  # nats below its peak where a drift has ended

# Other languages than English that answers slip into, by the expected one.
_NEAR = {
    "es": ("pt",),
    "pt": ("es",),
    "it": ("es",),
    "nl": ("de",),
    "de": ("nl",),
    "cs": ("sk",),
    "sk": ("cs",),
    "da": ("sv",),
    "sv": ("da",),
    "uk": ("ru",),
    "ru": ("uk",),
    "fa": ("ar",),
    "ar": ("fa",),
    "ur": ("fa",),
    "en": ("es", "fr", "de"),
}


def watched(expected: Sequence[str], *, allow_english: bool = False) -> tuple[str, ...]:
    """The languages that a word may drift into, by default: English and what is close to an expected language.

    Args:
        expected: BCP-47 tags.
        allow_english: English is not watched for.
    """
    own = {_base(tag) for tag in expected}
    scripts = frozenset[str]().union(*(language(tag).scripts for tag in expected))
    english = () if allow_english else ("en",)
    others = dict.fromkeys([*english, *(near for tag in own for near in _NEAR.get(tag, ()))])
    return tuple(o for o in others if o in listed() and o not in own and language(o).scripts <= scripts)


def list_of(tag: str) -> str | None:
    """The frequency list (ISO 639 code) of a language; None where there is none, or none in its script."""
    base = _base(tag)
    return base if base in listed() and language(base).scripts == language(tag).scripts else None


def _base(tag: str) -> str:
    return language(tag).tag.split("-")[0]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A switch of language.

    Attributes:
        start: offset of the first drifting word, the confusion point.
        end: offset behind the last word that is known to drift.
        found: the other language.
        score: the CUSUM, nats.
    """

    start: int
    end: int
    found: str
    score: float


@dataclass(slots=True)
class _Track:
    score: float = 0.0
    start: int = 0
    peak: float = 0.0
    end: int = 0
    told: bool = False


@dataclass(slots=True)
class DriftState:
    """Where the CUSUMs of one text stand; the same size however long the text is.

    Attributes:
        alarm: nats from which on a switch is sure; less for a text that has switched before.
    """

    tracks: list[_Track] = field(default_factory=list)
    alarm: float = _ALARM

    def copy(self) -> "DriftState":
        """The same state, apart from what comes."""
        return DriftState([copy(track) for track in self.tracks], self.alarm)


class WordDrift:
    """Watches the words of texts in one set of expected languages.

    Args:
        expected: BCP-47 tags; those without a frequency list are not judged.
        others: languages (ISO 639) that share their script; `watched` gives the usual ones.
    """

    def __init__(self, expected: Sequence[str], others: Sequence[str] | None = None) -> None:
        own = [base for tag in expected if (base := list_of(tag)) is not None]
        self.others = tuple(watched(expected) if others is None else others) if own else ()
        # With several expected languages a word drifts only as far as it speaks against each of them.
        self._ratios = [[word_ratio(tag, other).of for tag in own] for other in self.others]

    def open(self, alarm: float = _ALARM) -> DriftState:
        """The state before the first word."""
        return DriftState([_Track() for _ in self.others], alarm)

    def feed(self, state: DriftState, word: Word) -> Alarm | None:
        """Take in the next word; an alarm where the text has just switched."""
        alarm = None
        for other, ratios, track in zip(self.others, self._ratios, state.tracks, strict=True):
            ratio = ratios[0](word.form) if len(ratios) == 1 else min(r(word.form) for r in ratios)
            if _is_over(track, state.alarm):
                _reset(track)
            if word.first and track.peak < state.alarm:
                track.score *= _CARRIED
                track.peak *= _CARRIED
            _advance(track, ratio * _CAPITAL if word.capital and ratio > 0 else ratio, word, state.alarm)
            if track.score >= state.alarm and not track.told:
                track.told = True
                alarm = alarm or Alarm(track.start, word.end, other, track.score)
        return alarm

    def alarms(self, words: Sequence[Word], alarm: float = _ALARM) -> list[Alarm]:
        """The drifts of a whole text, each to its end, in order; of two that overlap the stronger one."""
        state, found = self.open(alarm), []
        for word in words:
            for other, track in zip(self.others, state.tracks, strict=True):
                if _is_over(track, alarm):
                    found.append(Alarm(track.start, track.end, other, track.peak))
            self.feed(state, word)
        found += [
            Alarm(t.start, t.end, other, t.peak)
            for other, t in zip(self.others, state.tracks, strict=True)
            if t.peak >= alarm
        ]
        return _strongest(found)


def _is_over(track: _Track, alarm: float) -> bool:
    return track.peak >= alarm and track.score < track.peak - _OVER


def _advance(track: _Track, ratio: float, word: Word, alarm: float) -> None:
    score = track.score + ratio - _DECAY
    if score <= 0.0:
        if track.peak < alarm:
            _reset(track)
        else:
            track.score = score
        return
    if track.score <= 0.0 and track.peak < alarm:
        track.start = word.start
    track.score = score
    if score > track.peak:
        track.peak, track.end = score, word.end


def _reset(track: _Track) -> None:
    track.score = track.peak = 0.0
    track.told = False


def _strongest(found: list[Alarm]) -> list[Alarm]:
    kept: list[Alarm] = []
    for alarm in sorted(found, key=lambda a: -a.score):
        if all(alarm.end <= other.start or other.end <= alarm.start for other in kept):
            kept.append(alarm)
    return sorted(kept, key=lambda a: a.start)
