"""Judges whole answers."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.exemptions import PromptWords, Quotes, abbreviations, blank, marked, no_language, quoted
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.languages.tags import languages
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.answers import Answer
from tlpo_guard.scan.expected_words import ExpectedWords
from tlpo_guard.scan.latin_runs import RunScan
from tlpo_guard.scan.line_drift import LineScan
from tlpo_guard.scan.result import Drift, DriftKind, Scanned
from tlpo_guard.scan.script_drift import ScriptScan
from tlpo_guard.words import Word, WordDrift, watched, words_of

__all__ = ["AnswerJudge", "Scanner"]


# Nats of a word drift: a verdict on an answer takes more than an alarm in a stream, which is only looked into.
_SURE = 33.0
_CACHED_JUDGES = 64
_RANK = {DriftKind.SCRIPT: 0, DriftKind.LINE: 1, DriftKind.WORD: 2}


class Scanner:
    """Judges answers by the language that is named, that their record names, or that their prompt asks for.

    Args:
        language: BCP-47 tags with commas; empty for each answer's own.
        allow_english: English words in an answer in another script are neutral.

    Raises:
        UnknownLanguageError: a tag names no known language.
    """

    def __init__(self, language: str = "", *, allow_english: bool = True) -> None:
        self._languages = languages(language)
        self._allow_english = allow_english
        self._judge = lru_cache(maxsize=_CACHED_JUDGES)(AnswerJudge)

    def scan(self, answer: Answer) -> Scanned:
        """Judge one answer.

        Raises:
            UnknownLanguageError: the answer's record names a language that is not known.
        """
        expected, decided_by = self._expected(answer)
        if not expected:
            return Scanned(answer.text, (), decided_by, ())
        judge = self._judge(GuardPolicy(languages=expected, allow_english=self._allow_english))
        return Scanned(answer.text, expected, decided_by, judge.drifts(answer.text, answer.prompt))

    def _expected(self, answer: Answer) -> tuple[tuple[str, ...], DecidedBy]:
        if named := languages(",".join(answer.languages)) or self._languages:
            return named, DecidedBy.REQUEST
        from tlpo_guard.intent import expected_language  # takes time to load, and many records name their language

        intent = expected_language((), (), answer.messages)
        return intent.languages, intent.decided_by


class AnswerJudge:
    """Finds the drifts in answers under one policy; a few hundred KiB beside the tables of its languages, which judges share.

    Args:
        policy: only its languages and scripts matter.
    """

    def __init__(self, policy: GuardPolicy) -> None:
        expected = policy.languages
        self._words = WordDrift(expected, watched(expected, allow_english="en" in expected))
        self._expected_words = ExpectedWords(expected, self._words)
        self._scripts = ScriptScan(policy.scripts)
        self._lines = LineScan(expected)
        latin = "Latn" in GuardPolicy(languages=expected, allow_english=False).scripts
        self._runs = None if latin or not policy.allow_english else RunScan(expected)
        count = self._expected_words.count
        self._no_language, self._quoted, self._abbreviations = no_language(), quoted(count), abbreviations()
        self._foreign_quotes = (Quotes(count, foreign=True),)

    def drifts(self, text: str, prompt: str = "") -> tuple[Drift, ...]:
        """The drifts of an answer, in order; none overlap.

        Args:
            text: the answer.
            prompt: what it answers; its words may be repeated.
        """
        plain = blank(text, marked(text, self._no_language))
        words = list(words_of(plain))
        self._words.learn(words)
        copied = self._copied(plain, words, prompt)
        drifts = list(self._scripts.drifts(plain, copied))
        if drifts:
            drifts = list(self._scripts.drifts(plain, copied | marked(plain, self._foreign_quotes)))
        unquoted = blank(plain, copied | marked(plain, self._quoted))
        drifts += self._lines.drifts(unquoted)
        judged = blank(unquoted, marked(unquoted, self._abbreviations))
        if self._runs is not None:
            drifts += self._runs.drifts(judged)
        if self._words.others:
            alarms = self._words.alarms([word for word in words if judged[word.start] != " "], sure=_SURE)
            drifts += [Drift(a.start, a.end, DriftKind.WORD, a.language, a.score) for a in alarms]
        return _apart(drifts)

    def judged_words(self, text: str, prompt: str = "") -> list[Word]:
        """The words of an answer that may drift."""
        plain = blank(text, marked(text, self._no_language))
        words = list(words_of(plain))
        exempt = self._copied(plain, words, prompt) | marked(plain, (*self._quoted, *self._abbreviations))
        return [word for word in words if not exempt[word.start]]

    def _copied(self, plain: str, words: list[Word], prompt: str) -> NDArray[np.bool_]:
        exempt = np.zeros(len(plain), dtype=np.bool_)
        for start, end in PromptWords(prompt, self._expected_words.is_expected).among(words):
            exempt[start:end] = True
        return exempt


def _apart(drifts: list[Drift]) -> tuple[Drift, ...]:
    """Without those that overlap another: script goes before line, line before words."""
    kept: list[Drift] = []
    for drift in sorted(drifts, key=lambda d: _RANK[d.kind]):
        if all(drift.end <= other.start or other.end <= drift.start for other in kept):
            kept.append(drift)
    return tuple(sorted(kept, key=lambda d: d.start))
