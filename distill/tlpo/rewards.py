"""Whether a continuation stays in the expected language: by the characters of its tokens, and by its words.

What a scan lets pass is no drift here either: code, formulas, names, quotations, and what the prompt brought.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from distill.selection.groups import Group
from distill.tlpo.lone_words import (
    holds_english,
    holds_everyday_abroad,
    is_spliced,
    may_be_own,
    words_abroad,
)
from distill.tlpo.places import Follows, ForeignTokens
from tlpo_guard.brought import Brought
from tlpo_guard.exemptions.quotes import open_quotation
from tlpo_guard.guard.detector import DriftDetector, ScriptRules
from tlpo_guard.guard.guard import Guard
from tlpo_guard.languages.scripts import script_of
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rewind import ForeignTokens as WordBeginnings
from tlpo_guard.scan.judge import AnswerJudge
from tlpo_guard.words import Word, WordDrift, words_of
from tlpo_guard.words.drift import lists_of
from tlpo_guard.words.han import chinese_peak
from tlpo_guard.words.han_stream import may_turn_chinese

__all__ = ["LanguageRules", "PolicyTables", "RulesOf"]

_ALARM = 4.0  # nats; less than a stream's, for a branch is a few words long, and begins where others have drifted
# What ends a sentence before a word; behind fewer letters a point is that of an abbreviation or a number.
_SENTENCE_ENDS = re.compile(r"\w{3}[.!?][\"»“”’)*_]*\s+[\"»„“‘(*_]*$")
# Quotations, addresses without their ends, files.
_ANOTHERS = re.compile(r"[\"“„«‘][^\"“”„«»\n]{1,40}[\"“”»’]|\S+@\S*|\w+\.\w+")
_OPENING = re.compile(r"[\"“„«‘(（\[【「『《]")
_LOOK_BACK = 64  # tokens whose text tells what kind of line a branch goes on with
_CACHED_POLICIES, _CACHED_PROMPTS = 64, 256


class PolicyTables:
    """What all answers under one policy share.

    Args:
        guard: over the model's vocabulary.
        beginnings: the tokens that begin words of another language.
        policy: expected and admitted languages, and scripts.
    """

    def __init__(self, guard: Guard, beginnings: WordBeginnings, policy: GuardPolicy) -> None:
        self.policy = policy
        self.scripts: ScriptRules = guard.detector.rules(policy)
        self.words = WordDrift(policy.languages)
        self.judge = AnswerJudge(policy)
        tables = [beginnings.table(policy.languages, other) for other in self.words.others]
        self.foreign_words: NDArray[np.bool_] | None = np.any(tables, axis=0) if tables else None


class LanguageRules:
    """What may stand in the answers to one prompt.

    Args:
        guard: over the model's vocabulary.
        tables: of the policy.
        brought: by the prompt.

    Attributes:
        policy: expected and admitted languages, and scripts.
        foreign_words: tokens that begin a word of another language; bool [vocabulary], None where no word is watched.
    """

    def __init__(self, guard: Guard, tables: PolicyTables, brought: Brought) -> None:
        self.policy = tables.policy
        self.foreign_words = tables.foreign_words
        self._vocabulary = guard.detector.vocabulary
        self._scripts = tables.scripts
        self._words = tables.words
        self._judge = tables.judge
        self._brought = brought
        self._foreign = ForeignTokens(guard, tables.scripts, brought)
        self._lists = lists_of(tables.policy.languages)
        self._may_turn_chinese = may_turn_chinese(tables.policy.languages)

    @property
    def script_decides(self) -> bool:
        """Whether a token's letters tell whether it drifts; else it takes the words that it begins."""
        return not (self._words.others or self._may_turn_chinese)

    def pending(self, output_ids: Sequence[int]) -> int:
        """The incomplete UTF-8 character that an answer ends with, as the automaton numbers it."""
        return self._scripts.fold(output_ids[-8:])  # pending bytes are at most three, and hardly any token is empty

    def blocked(self, output_ids: Sequence[int]) -> NDArray[np.bool_]:
        """Tokens whose script drifts behind an answer so far, none in code; bool [vocabulary]."""
        blocked = self._scripts.verdicts(self.pending(output_ids)).blocked
        return np.zeros_like(blocked) if self._foreign.place(tuple(output_ids)).free else blocked

    def breaks(self, output_ids: Sequence[int]) -> NDArray[np.bool_]:
        """Tokens that leave an invalid character behind an answer so far; bool [vocabulary]."""
        return self._scripts.verdicts(self.pending(output_ids)).breaks

    def drifting(self, output_ids: Sequence[int]) -> NDArray[np.bool_]:
        """Tokens that drift by their script, or begin a word of another language, none in code; bool [vocabulary]."""
        blocked = self.blocked(output_ids)
        if self.foreign_words is None or self._foreign.place(tuple(output_ids)).free:
            return blocked
        return blocked | self.foreign_words

    def drifts(self, output_ids: Sequence[int], branch: Sequence[int]) -> bool:
        """Whether an answer leaves its language in the tokens that follow."""
        if self._drifts_by_script(output_ids, branch, Follows.UNKNOWN):
            return True
        if "Latn" not in self._scripts.scripts and self._drifts_abroad(tuple(output_ids), branch):
            return True
        if self._may_turn_chinese:
            return self._drifts_by_han(tuple(output_ids), branch)
        return bool(self._words.others) and self._drifts_by_words(tuple(output_ids), branch)

    def has_drifted(self, output_ids: Sequence[int], branch: Sequence[int]) -> bool:
        """The same, by characters alone, whatever follows."""
        return self._drifts_by_script(output_ids, branch, Follows.MORE)

    def _drifts_by_script(self, output_ids: Sequence[int], branch: Sequence[int], follows: Follows) -> bool:
        return next(self._foreign.among(tuple(output_ids), branch, follows), None) is not None

    def first_drift(self, answer: Sequence[int]) -> int | None:
        """Index of the token at which a whole answer leaves its language, by characters or words; None where it stays."""
        by_script = next(self._foreign.among((), answer, Follows.NOTHING), None)
        by_words = next(self._word_drifts(answer[:by_script]), None)
        return by_script if by_words is None else by_words

    def _word_drifts(self, answer: Sequence[int]) -> Iterator[int]:
        """Indexes of the tokens that begin drifts of words."""
        data = [self._vocabulary.token_bytes(token_id) for token_id in answer]
        text = b"".join(data).decode("utf-8", "surrogateescape")
        ends = np.cumsum([len(token) for token in data])
        for start in self._drifts_of(text):
            place = len(text[:start].encode("utf-8", "surrogateescape"))
            yield int(np.searchsorted(ends, place, side="right"))

    def _drifts_of(self, text: str) -> Iterator[int]:
        """Offsets in an answer where its words, or Chinese in Japanese, begin to drift."""
        if self._may_turn_chinese:
            yield from (drift.start for drift in self._judge.drifts(text, self._brought) if drift.detected == "zh")
        elif self._words.others and self._words.alarms(list(words_of(text))):
            yield from (alarm.start for alarm in self._words.alarms(self._judge.judged_words(text, self._brought)))

    def _drifts_abroad(self, output_ids: tuple[int, ...], branch: Sequence[int]) -> bool:
        """Whether words in Latin letters are of a language that is not English, in an answer in another script: none that the
        prompt brought, and none in quotation marks or brackets."""
        found = words_abroad(_OPENING.split(self._text(branch), 1)[0])
        return any(not self._brought.holds(words) for words in found) and not self._foreign.place(output_ids).free

    def _drifts_by_han(self, output_ids: tuple[int, ...], branch: Sequence[int]) -> bool:
        """Whether the Han characters of a branch, with those right before it, are Chinese rather than Japanese."""
        before = self._text(output_ids[-_LOOK_BACK:])
        text = before + self._text(branch)
        if chinese_peak(text, len(before)) < _ALARM or self._foreign.place(output_ids).free:
            return False
        return chinese_peak(self._judge.own_han(text, self._brought), len(before)) >= _ALARM

    def _drifts_by_words(self, output_ids: tuple[int, ...], branch: Sequence[int]) -> bool:
        before, added = self._text(output_ids[-_LOOK_BACK:]), self._text(branch)
        begun = len(before)
        while begun and before[begun - 1].isalpha():
            begun -= 1
        line_start = begun == 0 or before[begun - 1] == "\n"
        text = ("" if line_start else ".") + before[begun:] + added
        spliced = self._is_spliced(before[begun:], added)
        if not (spliced or self._leave(self._whole(list(words_of(text)), len(text)))):
            return False
        return not self._foreign.place(output_ids).free and (spliced or self._drift_counts(before + added, begun))

    def _drift_counts(self, text: str, begun: int) -> bool:
        """Whether words from an offset on leave the language when those that may be foreign are left out."""
        line = text[text.rfind("\n") + 1 :]
        if line.count("`") % 2:  # inline code that is not closed yet
            text = text[: text.rfind("`")]
        text = text[: open_quotation(text)]
        anothers = [match.span() for match in _ANOTHERS.finditer(text, begun)]
        words = [
            _at_its_place(word, text)
            for word in self._judge.judged_words(text, self._brought)
            if word.start >= begun and not any(start <= word.start < end for start, end in anothers)
        ]
        return self._leave(self._whole(words, len(text)))

    def _leave(self, words: Sequence[Word]) -> bool:
        """Whether some words leave the language, by their ratios or as everyday words of a language that nobody watches for."""
        form_of = {(word.start, word.end): word.form for word in words}
        for alarm in self._words.alarms(words, _ALARM):
            alone = form_of.get((alarm.start, alarm.end))
            if alone is None or not may_be_own(alone, self._lists):
                return True
        if "Latn" not in self._scripts.scripts:
            return False
        return holds_everyday_abroad(words, self._lists) or (
            "en" in self._words.others and holds_english(words, self._lists)
        )

    def _is_spliced(self, before: str, added: str) -> bool:
        letters = next((place for place, char in enumerate(added) if not char.isalpha()), 0)
        return "Latn" in self._scripts.scripts and is_spliced(before, added[:letters], self._lists)

    def _whole(self, words: list[Word], end: int) -> list[Word]:
        """Without the last one where the look-ahead may have cut it; a single one in Latin letters stays. They are for the script
        to judge where they are foreign."""
        if "Latn" not in self._scripts.scripts:
            words = [word for word in words if script_of(word.form[0]) != "Latn"]
        cut = bool(words) and words[-1].end == end and (len(words) > 1 or "Latn" not in self._scripts.scripts)
        return words[:-1] if cut else words

    def _text(self, token_ids: Sequence[int]) -> str:
        data = b"".join(self._vocabulary.token_bytes(i) for i in token_ids if 0 <= i < self._vocabulary.size)
        return data.decode("utf-8", errors="ignore")


def _at_its_place(word: Word, text: str) -> Word:
    """A word whose capital tells nothing where a sentence begins."""
    begins = word.capital and _SENTENCE_ENDS.search(text, 0, word.start) is not None
    return word._replace(capital=False) if begins else word


class RulesOf:
    """The rules of each group; groups of one policy share what is large.

    Args:
        detector: of the model's vocabulary.

    Attributes:
        guard: over that vocabulary.
    """

    def __init__(self, detector: DriftDetector) -> None:
        self.guard = Guard(detector)
        self._beginnings = WordBeginnings(detector.vocabulary)
        self._tables = lru_cache(maxsize=_CACHED_POLICIES)(self._made)
        self._rules = lru_cache(maxsize=_CACHED_PROMPTS)(self._made_for)

    def __call__(self, group: Group) -> LanguageRules:
        return self._rules(group.policy, group.ids[: group.prompt_length])

    def _made(self, policy: GuardPolicy) -> PolicyTables:
        return PolicyTables(self.guard, self._beginnings, policy)

    def _made_for(self, policy: GuardPolicy, prompt_ids: tuple[int, ...]) -> LanguageRules:
        spelled = b"".join(self.guard.detector.vocabulary.token_bytes(token_id) for token_id in prompt_ids)
        return LanguageRules(self.guard, self._tables(policy), Brought([spelled.decode("utf-8", "replace")]))
