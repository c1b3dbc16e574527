"""The guard over one tokenizer: opens, advances and takes back the states of sequences, and holds the rules of all of them."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.brought import Brought
from tlpo_guard.guard.answer_tail import FENCE_MARKS, AnswerTail
from tlpo_guard.guard.course import Course
from tlpo_guard.guard.decision import Decision, Sight, forgiven
from tlpo_guard.guard.detector import DriftDetector, ScriptRules
from tlpo_guard.guard.latin_terms import LatinTerms
from tlpo_guard.guard.pardon import Pardons
from tlpo_guard.guard.rules_bank import RulesBank
from tlpo_guard.guard.state import Repair, SequenceState
from tlpo_guard.marks.tokens import START, TokenMarks
from tlpo_guard.policy import GuardPolicy, Mode

__all__ = ["Guard"]

NOTHING_BROUGHT = Brought()


class Guard:
    """One per model; used from the generation thread, but for `open` and `resume`.

    Args:
        detector: of drift, over the model's vocabulary.
        special_texts: of the tokenizer's special tokens, by id.

    Attributes:
        detector: of drift, over the model's vocabulary.
        bank: the rules of all live requests.
        marks: of reasoning and tool calls, in which nothing is watched.
        fences: the tokens that may open or close a block of code.
    """

    def __init__(self, detector: DriftDetector, special_texts: Mapping[int, str] | None = None) -> None:
        self.detector = detector
        self.bank = RulesBank(detector.tables)
        self.marks = TokenMarks(detector.vocabulary, special_texts)
        self.fences = detector.vocabulary.tokens_with(FENCE_MARKS)
        self._terms: LatinTerms | None = None

    def open(
        self,
        policy: GuardPolicy,
        prompt_ids: Sequence[int] = (),
        brought: Brought = NOTHING_BROUGHT,
        begun: Iterable[int] = (),
    ) -> SequenceState:
        """State of a new sequence.

        Args:
            prompt_ids: the tokens before it, which may have opened the reasoning.
            brought: what the conversation brought, which the answer may say again.
            begun: the tokens at the prompt's end that the answer goes on from, such as an open block of code.
        """
        course = Course(policy)
        rules = self.detector.rules(course.policy) if policy.guards else None
        self.terms_under(rules)  # made before the first token, if at all
        state = SequenceState(policy, course, rules, brought)
        for token_id in begun:
            self._follow(state, token_id)
            state.begun.append(token_id)
        self.enter(state, prompt_ids)
        return state

    def enter(self, state: SequenceState, prompt_ids: Sequence[int] | NDArray[np.int64]) -> None:
        """Learn of the prompt before an answer: it may have opened the reasoning."""
        if not state.policy.reasoning:
            self._mark(state, self.marks.after_prompt(prompt_ids))

    def _mark(self, state: SequenceState, marks: int) -> None:
        state.marks = marks
        state.paused = self.marks.inside(marks)

    def resume(self, state: SequenceState, repair: Repair) -> SequenceState:
        """State of a sequence that has gone back to a confusion point: a new one, the old is left as it is."""
        resumed = self.open(state.policy, brought=state.brought, begun=state.begun)
        resumed.repair = repair
        for token_id in state.output_ids[: repair.position]:
            self._follow(resumed, token_id)
            resumed.output_ids.append(token_id)
        self._mark(resumed, START)
        return resumed

    def drifts(self, state: SequenceState, token_id: int) -> bool:
        """Whether a token's script would drift here."""
        if state.rules is None or state.paused or not state.rules.blocks(state.pending, token_id):
            return False
        return not self.pardoned(state, [token_id])

    def pardoned(self, state: SequenceState, token_ids: Iterable[int]) -> frozenset[int]:
        """Those of some tokens that may stand here though the rules keep them out: copies, glosses, code."""
        if state.rules is None:
            return frozenset()
        vocabulary = self.detector.vocabulary
        tail = AnswerTail.of(vocabulary, state.said_ids, state.fence)
        return Pardons(vocabulary, state.rules, tail, state.brought, self.terms_under(state.rules)).among(token_ids)

    def terms_under(self, rules: ScriptRules | None) -> LatinTerms | None:
        """The names and units in Latin letters that may stand where these are foreign."""
        if rules is None or "Latn" in rules.scripts:
            return None
        if self._terms is None:
            self._terms = LatinTerms(self.detector.vocabulary)
        return self._terms

    def forgiven(self, state: SequenceState, sight: Sight) -> Sight:
        """What is known of a row, less the drift of tokens that may stand there all the same."""
        flagged = {token_id for token_id, _, drifts in sight.candidates if drifts}
        flagged |= {sight.chosen} if sight.drifts else set()
        flagged |= {sight.worst} if sight.confusion_point and sight.worst >= 0 else set()
        if state.rules is None or state.paused or not flagged:
            return sight
        pardoned = self.pardoned(state, (t for t in flagged if state.rules.blocks(state.pending, t)))
        return forgiven(state, sight, pardoned) if pardoned else sight

    def take(self, state: SequenceState, decision: Decision, mass: float = 0.0) -> None:
        """Take in what was decided of a position, and its confusion mass."""
        state.mass += mass
        state.interventions += decision.replaced
        state.stood_back += decision.stood_back
        state.events += decision.draft is not None
        self.advance(state, decision.token_id)

    def advance(self, state: SequenceState, token_id: int) -> None:
        """Take in the token that was chosen."""
        try:
            if state.policy.mode is Mode.OBSERVE and self.drifts(state, token_id):
                state.spoiled = True
            self._follow(state, token_id)
        finally:
            state.output_ids.append(token_id)

    def _follow(self, state: SequenceState, token_id: int) -> None:
        if state.rules is None:
            return
        state.pending = state.rules.advance(state.pending, token_id)
        if state.course.reads and not state.paused:
            state.course.feed(self.detector.vocabulary.token_bytes(token_id))
            state.rules = self.detector.rules(state.course.policy)
        if token_id in self.fences:
            state.fence.mark(self.detector.vocabulary, state.said_ids, token_id)
        if not state.policy.reasoning:
            self._mark(state, self.marks.advance(state.marks, token_id))
