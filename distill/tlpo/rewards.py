"""Whether a continuation stays in the expected language: by the characters of its tokens, and by its words."""

import codecs
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from distill.selection.groups import Group
from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rewind import ForeignTokens
from tlpo_guard.words import TokenStream, WordDrift, watched, words_of

__all__ = ["LanguageRules", "RulesOf"]

_ALARM = 4.0  # nats; less than a stream's, for a branch is a few words long, and begins where others have drifted
_LOOK_BACK = 16  # tokens in which the word began that a branch goes on with


class LanguageRules:
    """What may stand in an answer under one policy.

    Args:
        detector: of the model's vocabulary.
        foreign: the tokens that begin words of another language.
        policy: expected languages and scripts.

    Attributes:
        policy: the same.
        foreign_words: tokens that begin a word of another language; bool [vocabulary], None where no word is watched.
    """

    def __init__(self, detector: DriftDetector, foreign: ForeignTokens, policy: GuardPolicy) -> None:
        self.policy = policy
        self._vocabulary = detector.vocabulary
        self._scripts = detector.rules(policy)
        self._words = WordDrift(policy.languages, watched(policy.languages, allow_english="en" in policy.languages))
        tables = [foreign.table(policy.languages, other) for other in self._words.others]
        self.foreign_words: NDArray[np.bool_] | None = np.any(tables, axis=0) if tables else None

    def pending(self, output_ids: Sequence[int]) -> int:
        """The incomplete UTF-8 character that an answer ends with, as the automaton numbers it."""
        return self._scripts.fold(output_ids[-8:])  # pending bytes are at most three, and hardly any token is empty

    def blocked(self, output_ids: Sequence[int]) -> NDArray[np.bool_]:
        """Tokens whose script drifts behind an answer so far; bool [vocabulary]."""
        return self._scripts.verdicts(self.pending(output_ids)).blocked

    def breaks(self, output_ids: Sequence[int]) -> NDArray[np.bool_]:
        """Tokens that leave an invalid character behind an answer so far; bool [vocabulary]."""
        return self._scripts.verdicts(self.pending(output_ids)).breaks

    def drifting(self, output_ids: Sequence[int]) -> NDArray[np.bool_]:
        """Tokens that drift by their script, or begin a word of another language; bool [vocabulary]."""
        blocked = self.blocked(output_ids)
        return blocked if self.foreign_words is None else blocked | self.foreign_words

    def drifts(self, output_ids: Sequence[int], branch: Sequence[int]) -> bool:
        """Whether an answer leaves its language in the tokens that follow."""
        if self.drifts_by_script(output_ids, branch):
            return True
        return bool(self._words.others) and self._drifts_by_words(output_ids, branch)

    def drifts_by_script(self, output_ids: Sequence[int], branch: Sequence[int]) -> bool:
        """The same, by characters alone; what drifts so is not undone by what follows."""
        return self._scripts.first_drift(self.pending(output_ids), branch) is not None

    def first_drift(self, answer: Sequence[int]) -> int | None:
        """Index of the token at which a whole answer leaves its language, by characters or words; None where it stays."""
        by_script = self._scripts.first_drift(BORDER, answer)
        if not self._words.others:
            return by_script
        stream = TokenStream(self._words)
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        for token_id in answer[:by_script]:
            if alarm := stream.feed(decoder.decode(self._vocabulary.token_bytes(token_id))):
                return alarm.start
        alarm = stream.close()
        return by_script if alarm is None else alarm.start

    def _drifts_by_words(self, output_ids: Sequence[int], branch: Sequence[int]) -> bool:
        before, text = self._text(output_ids[-_LOOK_BACK:]), self._text(branch)
        begun = len(before)
        while begun and before[begun - 1].isalpha():
            begun -= 1
        line_start = begun == 0 or before[begun - 1] == "\n"
        words = list(words_of(("" if line_start else ".") + before[begun:] + text))
        if len(words) > 1 and text[-1:].isalpha():
            words.pop()  # the look-ahead may have cut it
        return bool(self._words.alarms(words, _ALARM))

    def _text(self, token_ids: Sequence[int]) -> str:
        data = b"".join(self._vocabulary.token_bytes(i) for i in token_ids if 0 <= i < self._vocabulary.size)
        return data.decode("utf-8", errors="ignore")


class RulesOf:
    """The rules of each group; groups of one policy share them.

    Args:
        detector: of the model's vocabulary.

    Attributes:
        guard: over that vocabulary.
    """

    def __init__(self, detector: DriftDetector) -> None:
        self.guard = Guard(detector)
        self._foreign = ForeignTokens(detector.vocabulary)
        self._rules = lru_cache(maxsize=64)(self._made)

    def __call__(self, group: Group) -> LanguageRules:
        return self._rules(group.policy)

    def _made(self, policy: GuardPolicy) -> LanguageRules:
        return LanguageRules(self.guard.detector, self._foreign, policy)
