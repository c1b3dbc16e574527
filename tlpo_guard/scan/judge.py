"""Finds the drifts in whole answers under one policy."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.brought import Brought
from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.exemptions import (
    abbreviations,
    blank,
    glosses,
    marked,
    no_language,
    quoted,
    quoted_english,
    quoted_lines,
)
from tlpo_guard.exemptions.quotes import open_quotation
from tlpo_guard.languages.scripts import code_points
from tlpo_guard.languages.tags import language
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.admitted import Admitted
from tlpo_guard.scan.block import Block
from tlpo_guard.scan.copied_words import copied_words
from tlpo_guard.scan.english_drift import EnglishScan
from tlpo_guard.scan.expected_words import ExpectedWords
from tlpo_guard.scan.han_drift import HanScan
from tlpo_guard.scan.latin_runs import RunScan
from tlpo_guard.scan.latin_sentences import LatinSentences
from tlpo_guard.scan.line_drift import LineScan
from tlpo_guard.scan.mixed_words import MixedWords, have_both
from tlpo_guard.scan.narrowing import narrowed
from tlpo_guard.scan.own_sentences import own_sentences
from tlpo_guard.scan.reading import Reader
from tlpo_guard.scan.result import Drift, DriftKind
from tlpo_guard.scan.script_drift import ScriptScan, whole_words
from tlpo_guard.scan.sentence_drift import SentenceScan
from tlpo_guard.scan.titles import TitleScan
from tlpo_guard.words import Alarm, Word, WordDrift
from tlpo_guard.words.han import han_runs

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
        self._words = WordDrift(expected)
        self._expected_words = ExpectedWords(expected, self._words)
        # Names, brands and units are in Latin letters everywhere: what is English is told by the words.
        self._scripts = ScriptScan(policy.scripts | {"Latn"})
        self._scripts_of_expected = own
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
        self._quoted_lines = quoted_lines(count)
        self._glosses, self._quoted_english = glosses(count), quoted_english(count)

    def drifts(self, text: str, brought: Brought = _NOTHING) -> tuple[Drift, ...]:
        """The drifts of an answer, in order; none overlap.

        Args:
            text: the answer.
            brought: what the conversation before it brought, whose strings may be said again.
        """
        return self.drifts_of_all([text], [brought])[0]

    def drifts_of_all(self, texts: Sequence[str], brought: Sequence[Brought]) -> list[tuple[Drift, ...]]:
        """The drifts of each of several answers, read as one text, which takes two thirds of the time."""
        block = Block.of(list(map(self._plain, texts)))
        self._words.learn(block.words)
        letters, copied = self._by_letters(block, brought)
        apart = [
            [*one, *(drift for drift in foreign if drift.detected not in self._scripts_of_expected)]
            for one, foreign in zip(copied, letters, strict=True)
        ]
        words = self._by_words(block, brought, apart)
        return [
            _apart(plain, self._admitted.filtered(plain, [*of_letters, *of_words], one))
            for plain, of_letters, of_words, one in zip(block.texts, letters, words, brought, strict=True)
        ]

    def judged_words(self, text: str, brought: Brought = _NOTHING) -> list[Word]:
        """The words of an answer that may drift."""
        block = Block.of([self._plain(text)])
        exempt = self._marked_quoted(block) | marked(block.text, self._abbreviations)
        for alarm in self._words.alarms([word for word in block.words if not exempt[word.start]]):
            self._mark_copied(exempt, block.words, [alarm], brought)
        return [word for word in block.words if not exempt[word.start]]

    def own_han(self, text: str, brought: Brought = _NOTHING) -> str:
        """An answer with blanks for its Han characters that may be foreign: quoted ones, and what the conversation brought."""
        plain = self._plain(text[: open_quotation(text)])
        exempt = marked(plain, self._quoted)
        for run in han_runs(plain) if brought else ():
            exempt[run.start() : run.end()] |= brought.holds(run.group())
        return blank(plain, exempt)

    def _plain(self, text: str) -> str:
        return blank(text, marked(text, self._no_language))

    def _by_letters(self, block: Block, brought: Sequence[Brought]) -> tuple[list[list[Drift]], list[list[Drift]]]:
        """By answer, its foreign letters and words that mix alphabets; and the foreign letters that the conversation brought."""
        points = code_points(block.text)
        mixed = have_both(points, block.starts)
        foreign = np.zeros_like(mixed)
        foreign[block.rows(np.flatnonzero(self._scripts.foreign(points)))] = True
        drifts: list[list[Drift]] = [[] for _ in block.texts]
        copied: list[list[Drift]] = [[] for _ in block.texts]
        for row in np.flatnonzero(foreign).tolist():
            drifts[row], copied[row] = self._foreign_letters(block.texts[row], brought[row])
        for row in np.flatnonzero(mixed).tolist():
            drifts[row] += self._mixed.drifts(block.texts[row])
        return drifts, copied

    def _foreign_letters(self, plain: str, brought: Brought) -> tuple[list[Drift], list[Drift]]:
        """The foreign letters of an answer, without and with those that the conversation brought."""
        drifts = list(self._scripts.drifts(plain))
        if drifts:
            drifts = list(self._scripts.drifts(plain, marked(plain, self._glosses)))
        copied = [drift for drift in drifts if brought and brought.holds(whole_words(plain, drift.start, drift.end))]
        return [drift for drift in drifts if drift not in copied], copied

    def _by_words(
        self, block: Block, brought: Sequence[Brought], in_other_scripts: Sequence[Sequence[Drift]]
    ) -> list[list[Drift]]:
        """By answer, what drifts in its words.

        Args:
            in_other_scripts: by answer, stretches whose words say nothing about the words around them.
        """
        exempt = self._marked_quoted(block)
        for (start, _), stretches in zip(block.spans(), in_other_scripts, strict=True):
            for drift in stretches:
                exempt[start + drift.start : start + drift.end] = True
        found = self._found(block, exempt, brought)
        first_words = block.first_words(block.words)
        for row, (start, _) in enumerate(block.spans()):
            if found[row] and brought[row]:
                words = block.words[first_words[row] : first_words[row + 1]]
                if self._mark_copied(exempt, words, found[row], brought[row]):
                    own = own_sentences(found[row], block.text, words, exempt, self._reader)
                    one = Block.of([block.texts[row]])
                    (rest,) = self._found(one, exempt[start : start + len(one.text)], [brought[row]])
                    found[row] = [*(_moved(drift, start) for drift in rest), *own]
            found[row] = [_moved(drift, -start) for drift in found[row]]
        return found

    def _marked_quoted(self, block: Block) -> NDArray[np.bool_]:
        """Which characters are another's words; bool [characters]."""
        exempt = marked(block.text, self._quoted)
        self._mark_quoted_lines(exempt, block)
        return exempt

    def _mark_quoted_lines(self, exempt: NDArray[np.bool_], block: Block) -> None:
        for (offset, _), text in zip(block.spans(), block.texts, strict=True):
            for start, end in self._quoted_lines.spans(text):
                exempt[offset + start : offset + end] = True

    def _mark_copied(
        self, exempt: NDArray[np.bool_], words: list[Word], stretches: Sequence[Drift | Alarm], brought: Brought
    ) -> bool:
        """Mark the words in some stretches that the conversation brought as exempt; whether there are any."""
        places = [(stretch.start, stretch.end) for stretch in stretches]
        spans = list(copied_words(words, places, brought, self._expected_words.is_expected))
        for start, end in spans:
            exempt[start:end] = True
        return bool(spans)

    def _found(self, block: Block, exempt: NDArray[np.bool_], brought: Sequence[Brought]) -> list[list[Drift]]:
        """By answer, what drifts outside the exempt characters, by offsets in the block."""
        unquoted = blank(block.text, exempt)
        unmarked = blank(unquoted, marked(unquoted, self._abbreviations))
        judged = [word for word in block.words if unmarked[word.start] != " "]
        first_words = block.first_words(judged)
        reading = self._reader.read(unmarked, judged)
        whole = [*self._lines.drifts(unquoted, reading.is_usual), *self._sentences.drifts(reading)]
        drifts = [part for drift in whole for part in narrowed(drift, reading)]
        drifts += self._han.drifts(unquoted)
        if self._titles is not None:
            for (start, end), (first, last) in zip(block.spans(), pairwise(first_words), strict=True):
                drifts += self._titles.drifts(unmarked, judged[first:last], start, end)
        if self._runs is not None and self._latin_sentences is not None:
            drifts += [*self._runs.drifts(unmarked), *self._latin_sentences.drifts(unmarked, judged, first_words)]
        if self._english is not None:
            drifts += self._in_english(self._english, block, brought)
        for row in self._words.may_reach(judged, first_words, _SURE):
            alarms = self._words.alarms(judged[first_words[row] : first_words[row + 1]], sure=_SURE)
            drifts += [Drift(a.start, a.end, DriftKind.WORD, a.language, a.score) for a in alarms]
        return block.by_answer(drifts)

    def _in_english(self, english: EnglishScan, block: Block, brought: Sequence[Brought]) -> Iterator[Drift]:
        exempt = marked(block.text, (*self._quoted_english, *self._abbreviations))
        self._mark_quoted_lines(exempt, block)
        outside = blank(block.text, exempt)
        for (start, end), one in zip(block.spans(), brought, strict=True):
            for drift in english.drifts(outside[start:end], one):
                yield _moved(drift, start)


def _moved(drift: Drift, by: int) -> Drift:
    return replace(drift, start=drift.start + by, end=drift.end + by)


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
