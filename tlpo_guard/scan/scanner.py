"""Judges whole answers."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.exemptions import PromptWords, Quotes, blank, marked, no_language, quoted, terms
from tlpo_guard.intent import expected_language
from tlpo_guard.languages.tags import languages
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.answers import Answer
from tlpo_guard.scan.expected_words import OwnWords
from tlpo_guard.scan.latin_runs import RunScan
from tlpo_guard.scan.line_drift import LineScan
from tlpo_guard.scan.result import Drift
from tlpo_guard.scan.script_drift import ScriptScan
from tlpo_guard.words import Word, WordDrift, watched, words_of

__all__ = ["AnswerJudge", "Scanned", "Scanner"]


_SURE = (
    33.0  # nats of a word drift: a verdict on an answer takes more than an alarm in a stream, which is only looked into
)


@dataclass(frozen=True, slots=True)
class Scanned:
    """An answer and what drifts in it.

    Attributes:
        languages: expected, BCP-47; empty where unknown, and then nothing is judged.
        decided_by: `request` where it was named, else how `expected_language` decided.
    """

    text: str
    languages: tuple[str, ...]
    decided_by: str
    drifts: tuple[Drift, ...]


class Scanner:
    """Judges answers by the language that is named, that their record names, or that their prompt asks for.

    Args:
        language: BCP-47 tags with commas; empty for each answer's own.
        allow_english: English words in an answer in another script are neutral.

    Raises:
        UnknownLanguageError: not a tag.
    """

    def __init__(self, language: str = "", *, allow_english: bool = True) -> None:
        self._languages = languages(language)
        self._allow_english = allow_english
        self._judge = lru_cache(maxsize=64)(AnswerJudge)

    def scan(self, answer: Answer) -> Scanned:
        """Judge one answer.

        Raises:
            UnknownLanguageError: the answer's record names no language.
        """
        own = languages(",".join(answer.languages))
        intent = expected_language(own or self._languages, (), answer.messages)
        if not intent.languages:
            return Scanned(answer.text, (), intent.decided_by, ())
        judge = self._judge(GuardPolicy(languages=intent.languages, allow_english=self._allow_english))
        return Scanned(answer.text, intent.languages, intent.decided_by, judge.drifts(answer.text, answer.prompt))


class AnswerJudge:
    """Finds the drifts in answers under one policy."""

    def __init__(self, policy: GuardPolicy) -> None:
        expected = policy.languages
        self._latin = "Latn" in GuardPolicy(languages=expected, allow_english=False).scripts
        self._words = WordDrift(expected, watched(expected, allow_english="en" in expected))
        self._own = OwnWords(expected, self._words)
        self._scripts = ScriptScan(policy.scripts)
        self._lines = LineScan(expected)
        self._runs = None if self._latin or not policy.allow_english else RunScan(expected)
        self._foreign_quotes = (Quotes(self._own.count, foreign=True),)
        self._no_language, self._quoted, self._terms = no_language(), quoted(self._own.count), terms()

    def drifts(self, text: str, prompt: str = "") -> tuple[Drift, ...]:
        """The drifts of an answer, in order; none overlap."""
        plain = blank(text, marked(text, self._no_language))
        words = list(words_of(plain))
        copied = self._copied(plain, words, prompt)
        found = list(self._scripts.drifts(plain, copied))
        if found:
            found = list(self._scripts.drifts(plain, copied | marked(plain, self._foreign_quotes)))
        own = blank(plain, copied | marked(plain, self._quoted))
        found += self._lines.drifts(own)
        judged = blank(own, marked(own, self._terms))
        if self._runs is not None:
            found += self._runs.drifts(judged)
        if self._words.others:
            alarms = self._words.alarms([word for word in words if judged[word.start] != " "])
            found += [Drift(a.start, a.end, "word", a.found, a.score) for a in alarms if a.score >= _SURE]
        return _apart(found)

    def judged_words(self, text: str, prompt: str = "") -> list[Word]:
        """The words of an answer that may drift."""
        plain = blank(text, marked(text, self._no_language))
        words = list(words_of(plain))
        exempt = self._copied(plain, words, prompt) | marked(plain, (*self._quoted, *self._terms))
        return [word for word in words if not exempt[word.start]]

    def _copied(self, plain: str, words: list[Word], prompt: str) -> NDArray[np.bool_]:
        exempt = np.zeros(len(plain), dtype=np.bool_)
        for start, end in PromptWords(prompt, self._own.is_own).among(words):
            exempt[start:end] = True
        return exempt


def _apart(found: list[Drift]) -> tuple[Drift, ...]:
    """Without those that lie in another: script goes before line, line before words."""
    rank = {"script": 0, "line": 1, "word": 2}
    kept: list[Drift] = []
    for drift in sorted(found, key=lambda d: rank[d.kind]):
        if all(drift.end <= other.start or other.end <= drift.start for other in kept):
            kept.append(drift)
    return tuple(sorted(kept, key=lambda d: d.start))
