"""A switch of language, detected word by word: one CUSUM (Page 1954) of word ratios for every other language."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.languages.relations import LIKELY_SLIPS, base_language
from tlpo_guard.languages.tags import language
from tlpo_guard.words.lists import listed
from tlpo_guard.words.ratio import WordRatio, learn, word_ratio
from tlpo_guard.words.segment import Word

__all__ = ["Alarm", "DriftState", "WordDrift", "list_of", "lists_of", "watched"]

_ALARM = 11.0  # nats
_CAPITAL = 0.2  # worth of a capitalised word that speaks for another language: it may be a name
_DECAY = 0.15  # nats a word, so that scattered loan words do not add up
_CARRIED = 0.5  # of the score goes on over the end of a line: headings and items in a row do not add up
_OVER = 8.0  # nats below its peak where a drift has ended
_ROUNDING = 1e-6  # nats that sums in another order may differ by


def watched(expected: Sequence[str], *, allow_english: bool = False) -> tuple[str, ...]:
    """The languages (ISO 639) that are watched for by default: English, and what answers in an expected one slip into.

    Args:
        expected: BCP-47 tags.
        allow_english: English is not watched for.
    """
    expected_codes = {_base(tag) for tag in expected}
    scripts = frozenset[str]().union(*(language(tag).scripts for tag in expected))
    english = () if allow_english else ("en",)
    others = dict.fromkeys([*english, *(slip for code in expected_codes for slip in LIKELY_SLIPS.get(code, ()))])
    return tuple(o for o in others if o in listed() and o not in expected_codes and language(o).scripts <= scripts)


def lists_of(expected: Sequence[str]) -> tuple[str, ...]:
    """The frequency lists (ISO 639 codes) of some languages (BCP-47 tags), of those that have one."""
    return tuple(code for tag in expected if (code := list_of(tag)) is not None)


def list_of(tag: str) -> str | None:
    """The frequency list (ISO 639 code) of a language; None where there is none, or none in its script."""
    base = _base(tag)
    return base if base in listed() and language(base).scripts == language(tag).scripts else None


def _base(tag: str) -> str:
    return base_language(language(tag).tag)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A switch of language.

    Attributes:
        start: offset of the first drifting word, the confusion point.
        end: offset after the last word that is known to drift.
        language: the other language, ISO 639.
        score: the CUSUM, nats.
    """

    start: int
    end: int
    language: str
    score: float


@dataclass(slots=True)
class _Track:
    score: float = 0.0
    start: int = 0
    peak: float = 0.0
    end: int = 0
    reported: bool = False


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

    def hold(self) -> None:
        """Give the alarm again with the next word that speaks for it: it is not decided yet."""
        for track in self.tracks:
            track.reported = False


class WordDrift:
    """Watches the words of texts in one set of expected languages. Making one loads their word lists, some 0.1 s for a pair of
    languages that no other has loaded.

    Args:
        expected: BCP-47 tags; those without a frequency list are not judged.
        others: languages (ISO 639) that share their script; `watched` gives the usual ones.
    """

    def __init__(self, expected: Sequence[str], others: Sequence[str] | None = None) -> None:
        codes = lists_of(expected)
        self.others = tuple(watched(expected) if others is None else others) if codes else ()
        # With several expected languages a word drifts only as far as it speaks against each of them.
        self._pairs = [[word_ratio(code, other) for code in codes] for other in self.others]
        self._all_pairs = list(chain.from_iterable(self._pairs))
        self._ratios = [[ratio.of for ratio in pairs] for pairs in self._pairs]

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
            if track.score >= state.alarm and track.score >= track.peak and not track.reported:
                track.reported = True
                alarm = alarm or Alarm(track.start, word.end, other, track.score)
        return alarm

    def standing(self, state: DriftState) -> Alarm | None:
        """The alarm that has been held back by `DriftState.hold`, if nothing has ended it."""
        for other, track in zip(self.others, state.tracks, strict=True):
            if track.score >= state.alarm and not track.reported:
                track.reported = True
                return Alarm(track.start, track.end, other, track.score)
        return None

    def learn(self, words: Sequence[Word]) -> None:
        """Look up the words of a text that will be judged: all together take a tenth of the time that they take one by one."""
        learn(self._all_pairs, (word.form for word in words))

    def alarms(self, words: Sequence[Word], alarm: float = _ALARM, *, sure: float = 0.0) -> list[Alarm]:
        """The drifts of a whole text, each to its end, in order; of two that overlap the stronger one.

        Args:
            words: of the text.
            alarm: nats from which on a switch ends what was before it.
            sure: nats that a drift must reach to be told.
        """
        if not self.may_reach(words, [0, len(words)], max(alarm, sure)):
            return []
        state = self.open(alarm)
        alarms: list[Alarm] = []
        for word in words:
            for other, track in zip(self.others, state.tracks, strict=True):
                if _is_over(track, alarm):
                    alarms.append(Alarm(track.start, track.end, other, track.peak))
            self.feed(state, word)
        alarms += [
            Alarm(t.start, t.end, other, t.peak)
            for other, t in zip(self.others, state.tracks, strict=True)
            if t.peak >= alarm
        ]
        return [alarm for alarm in _strongest(alarms) if alarm.score >= sure]

    def may_reach(self, words: Sequence[Word], first_words: Sequence[int], score: float) -> list[int]:
        """The texts in which any CUSUM may come to a score; those of clean ones, nearly all, do not, and numpy tells it sooner
        than `feed`.

        Never lower than `feed` has it: what carries less over the end of a line, or begins anew, only lowers a CUSUM.

        Args:
            words: of some texts, one behind the other.
            first_words: the place of each text's first word, and the number of words.
            score: nats.
        """
        if not words or not self._pairs:
            return []
        forms = [word.form for word in words]
        capital = np.fromiter((word.capital for word in words), dtype=np.bool_, count=len(words))
        places = np.asarray(first_words, dtype=np.int64)
        texts = np.flatnonzero(places[:-1] < places[1:])
        highest = np.max([_highest(_joint(pairs, forms), capital, places[texts]) for pairs in self._pairs], axis=0)
        found: list[int] = texts[highest >= score - _ROUNDING].tolist()
        return found


def _joint(pairs: Sequence[WordRatio], forms: Sequence[str]) -> NDArray[np.float64]:
    """The ratios of words against all of the expected languages; float64 [words]."""
    least: NDArray[np.float64] = np.minimum.reduce([ratio.of_all(forms) for ratio in pairs])
    return least


def _highest(ratios: NDArray[np.float64], capital: NDArray[np.bool_], firsts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The most that a CUSUM of each text's words comes to, in nats; float64 [texts].

    Args:
        ratios: of the words; float64 [words].
        capital: which of them have one; bool [words].
        firsts: the place of each text's first word; int64 [texts].
    """
    steps = np.where(capital & (ratios > 0.0), ratios * _CAPITAL, ratios) - _DECAY
    # Before each text a step that takes any CUSUM to nothing, which so many words could not reach.
    fall = 1.0 + np.abs(steps).max() * np.diff(firsts, append=len(steps)).max()
    sums = np.cumsum(np.insert(steps, firsts, -fall))
    sums -= np.minimum.accumulate(sums)
    highest: NDArray[np.float64] = np.maximum.reduceat(sums, firsts + np.arange(len(firsts)))
    return highest


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
    track.reported = False


def _strongest(alarms: list[Alarm]) -> list[Alarm]:
    kept: list[Alarm] = []
    for alarm in sorted(alarms, key=lambda a: -a.score):
        if all(alarm.end <= other.start or other.end <= alarm.start for other in kept):
            kept.append(alarm)
    return sorted(kept, key=lambda a: a.start)
