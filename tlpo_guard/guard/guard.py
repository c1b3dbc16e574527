"""The guard over one tokenizer: opens, advances and takes back the states of sequences, and holds the rules of all of them."""

from collections.abc import Iterable, Mapping

from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.decision import Decision
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.rules_bank import RulesBank
from tlpo_guard.guard.state import Repair, SequenceState
from tlpo_guard.policy import GuardPolicy, Mode

__all__ = ["Guard"]

_LOOK_BACK = 8  # tokens; pending bytes are at most three, and hardly any token is empty


class Guard:
    """One per model; used from the generation thread, but for `open` and `resume`.

    Attributes:
        detector: of drift, over the model's vocabulary.
        bank: the rules of all live requests.
        spans: tokens that open (True) and close (False) what is not the answer proper, such as reasoning.
    """

    def __init__(self, detector: DriftDetector, spans: Mapping[int, bool] | None = None) -> None:
        self.detector = detector
        self.bank = RulesBank(detector.tables)
        self.spans = dict(spans or {})

    def open(self, policy: GuardPolicy, prompt_ids: Iterable[int] = ()) -> SequenceState:
        """State of a new sequence, behind a prompt, which may have opened the reasoning itself."""
        state = SequenceState(policy, self.detector.rules(policy) if policy.guards else None)
        if not policy.reasoning and self.spans:
            for token_id in prompt_ids:
                state.paused = self.pauses(state.paused, token_id)
        return state

    def pauses(self, paused: bool, token_id: int) -> bool:
        """Whether what follows a token is not the answer proper, such as reasoning or a tool call."""
        return self.spans.get(token_id, paused)

    def resume(self, state: SequenceState, repair: Repair) -> SequenceState:
        """State of a sequence that has gone back to a confusion point: a new one, the old is left as it is."""
        kept = state.output_ids[: repair.position]
        pending = BORDER if state.rules is None else state.rules.fold(kept[-_LOOK_BACK:])
        return SequenceState(state.policy, state.rules, pending, kept, repair=repair)

    def drifts(self, state: SequenceState, token_id: int) -> bool:
        """Whether a token's script would drift here."""
        return state.rules is not None and not state.paused and state.rules.blocks(state.pending, token_id)

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
            if state.rules is not None:
                if state.policy.mode is Mode.OBSERVE and self.drifts(state, token_id):
                    state.spoiled = True
                state.pending = state.rules.advance(state.pending, token_id)
                if not state.policy.reasoning:
                    state.paused = self.pauses(state.paused, token_id)
        finally:
            state.output_ids.append(token_id)
