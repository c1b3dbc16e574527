"""Finds the drifts in whole answers under one policy."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.brought import Brought
from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.exemptions import abbreviations, blank, glosses, marked, no_language, quoted, quoted_english
from tlpo_guard.languages.tags import language
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.admitted import Admitted
from tlpo_guard.scan.copied_words import copied_words
from tlpo_guard.scan.english_drift import EnglishScan
from tlpo_guard.scan.expected_words import ExpectedWords
from tlpo_guard.scan.han_drift import HanScan
from tlpo_guard.scan.latin_runs import RunScan
from tlpo_guard.scan.latin_sentences import LatinSentences
from tlpo_guard.scan.line_drift import LineScan
from tlpo_guard.scan.mixed_words import MixedWords
from tlpo_guard.scan.narrowing import narrowed
from tlpo_guard.scan.own_sentences import own_sentences
from tlpo_guard.scan.reading import Reader
from tlpo_guard.scan.result import Drift, DriftKind
from tlpo_guard.scan.script_drift import ScriptScan, whole_words
from tlpo_guard.scan.sentence_drift import SentenceScan
from tlpo_guard.scan.titles import TitleScan
from tlpo_guard.words import Word, WordDrift, watched, words_of

__all__ = ["AnswerJudge"]

# Nats of a word drift: a verdict on an answer takes more than an alarm in a stream, which is only looked into.
_SURE = 33.0
_RANK = {DriftKind.SCRIPT: 0, DriftKind.LINE: 1, DriftKind.WORD: 2}
_NOTHING = Brought()


class AnswerJudge:
    """Finds the drifts in answers under one policy; a few hundred KiB beside the tables of its languages, which judges share.

    Args:
        policy: only its languages, admitted languages and scripts matter; it leaves none open.
    """

    def __init__(self, policy: GuardPolicy) -> None:
        expected = policy.languages
        own = frozenset[str]().union(*(language(tag).scripts for tag in expected))
        self._words = WordDrift(expected, watched(expected, allow_english="en" in expected))
        self._expected_words = ExpectedWords(expected, self._words)
        # Names, brands and units are in Latin letters everywhere: what is English is told by the words.
        self._scripts = ScriptScan(policy.scripts | {"Latn"})
        self._mixed = MixedWords(own)
        self._lines = LineScan(expected)
        self._reader = Reader(expected)
        self._sentences = SentenceScan(self._reader, self._words.others)
        self._han = HanScan(expected)
        self._titles = None if "en" in expected else TitleScan(self._reader)
        latin = "Latn" in own
        self._runs = None if latin else RunScan(expected)
        self._latin_sentences = None if latin else LatinSentences()
        strict = not (latin or policy.allow_english or "en" in policy.admitted)
        self._english = EnglishScan() if strict else None
        count = self._expected_words.count
        self._admitted = Admitted(expected, policy.admitted, count, self._reader)
        self._no_language, self._quoted, self._abbreviations = no_language(), quoted(count), abbreviations()
        self._glosses, self._quoted_english = glosses(count), quoted_english(count)

    def drifts(self, text: str, brought: Brought = _NOTHING) -> tuple[Drift, ...]:
        """The drifts of an answer, in order; none overlap.

        Args:
            text: the answer.
            brought: what the conversation before it brought, whose strings may be said again.
        """
        plain = blank(text, marked(text, self._no_language))
        words = list(words_of(plain))
        self._words.learn(words)
        letters, copied = self._by_letters(plain, brought)
        drifts = [*letters, *self._mixed.drifts(plain), *self._by_words(plain, words, brought, copied)]
        return _apart(plain, self._admitted.filtered(plain, drifts, brought))

    def judged_words(self, text: str, brought: Brought = _NOTHING) -> list[Word]:
        """The words of an answer that may drift."""
        plain = blank(text, marked(text, self._no_language))
        words = list(words_of(plain))
        exempt = marked(plain, (*self._quoted, *self._abbreviations))
        for alarm in self._words.alarms([word for word in words if not exempt[word.start]]):
            self._mark_copied(exempt, words, [(alarm.start, alarm.end)], brought)
        return [word for word in words if not exempt[word.start]]

    def _by_letters(self, plain: str, brought: Brought) -> tuple[list[Drift], list[Drift]]:
        """Foreign letters, and those among them that the conversation brought."""
        drifts = list(self._scripts.drifts(plain))
        if drifts:
            drifts = list(self._scripts.drifts(plain, marked(plain, self._glosses)))
        copied = [drift for drift in drifts if brought and brought.holds(whole_words(plain, drift.start, drift.end))]
        return [drift for drift in drifts if drift not in copied], copied

    def _by_words(self, plain: str, words: list[Word], brought: Brought, copied_letters: list[Drift]) -> list[Drift]:
        exempt = marked(plain, self._quoted)
        for drift in copied_letters:
            exempt[drift.start : drift.end] = True
        drifts = self._found(plain, words, exempt, brought)
        if not (drifts and brought):
            return drifts
        copied = self._mark_copied(exempt, words, [(drift.start, drift.end) for drift in drifts], brought)
        if not copied:
            return drifts
        return [*self._found(plain, words, exempt, brought), *own_sentences(drifts, plain, words, exempt, self._reader)]

    def _mark_copied(
        self, exempt: NDArray[np.bool_], words: list[Word], stretches: list[tuple[int, int]], brought: Brought
    ) -> bool:
        """Mark the words in some stretches that the conversation brought as exempt; whether there are any."""
        spans = list(copied_words(words, stretches, brought, self._expected_words.is_expected))
        for start, end in spans:
            exempt[start:end] = True
        return bool(spans)

    def _found(self, plain: str, words: list[Word], exempt: NDArray[np.bool_], brought: Brought) -> list[Drift]:
        unquoted = blank(plain, exempt)
        unmarked = blank(unquoted, marked(unquoted, self._abbreviations))
        judged = [word for word in words if unmarked[word.start] != " "]
        reading = self._reader.read(unmarked, judged)
        whole = [*self._lines.drifts(unquoted, reading.is_usual), *self._sentences.drifts(reading)]
        drifts = [part for drift in whole for part in narrowed(drift, reading)]
        drifts += self._han.drifts(unquoted)
        if self._titles is not None:
            drifts += self._titles.drifts(unmarked, judged)
        if self._runs is not None and self._latin_sentences is not None:
            drifts += [*self._runs.drifts(unmarked), *self._latin_sentences.drifts(unmarked, judged)]
        if self._english is not None:
            outside = blank(plain, marked(plain, (*self._quoted_english, *self._abbreviations)))
            drifts += self._english.drifts(outside, brought)
        if self._words.others:
            alarms = self._words.alarms(judged, sure=_SURE)
            drifts += [Drift(a.start, a.end, DriftKind.WORD, a.language, a.score) for a in alarms]
        return drifts


def _apart(text: str, drifts: list[Drift]) -> tuple[Drift, ...]:
    """Without those that overlap another: script goes before line, line before words.

    Of a sentence in a relative that is written in the same script, some of whose letters are script drift, the rest stays.
    """
    kept: list[Drift] = []
    for drift in sorted(drifts, key=lambda d: _RANK[d.kind]):
        over = [other for other in kept if drift.start < other.end and other.start < drift.end]
        if not over:
            kept.append(drift)
        elif all(other.kind is DriftKind.SCRIPT and other.detected in _scripts(drift.detected) for other in over):
            kept += _around(text, drift, sorted(over, key=lambda d: d.start))
    return tuple(sorted(kept, key=lambda d: d.start))


def _scripts(code: str) -> frozenset[str]:
    """The scripts of a drift's language; none where it is a script itself or not known."""
    try:
        return language(code).scripts
    except UnknownLanguageError:
        return frozenset()


def _around(text: str, drift: Drift, others: list[Drift]) -> Iterator[Drift]:
    """What is left of a drift around others, in order, from letter to letter."""
    starts = [drift.start, *(other.end for other in others)]
    ends = [*(other.start for other in others), drift.end]
    for start, end in zip(starts, ends, strict=True):
        letters = [offset for offset in range(start, end) if text[offset].isalnum()]
        if letters:
            yield replace(drift, start=letters[0], end=letters[-1] + 1)
