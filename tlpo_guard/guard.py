"""The guard's batched core: logits rows and sequence states in, findings and masked rows out. Knows no framework."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from tlpo_guard.detector import DriftDetector, ScriptRules, Verdicts
from tlpo_guard.policy import GuardPolicy, Mode

__all__ = ["NUM_CANDIDATES", "EventDraft", "Finding", "Guard", "SequenceState"]

NUM_CANDIDATES = 16
_CACHED_MASKS = 512


@dataclass(slots=True)
class SequenceState:
    """What the guard remembers of one sequence; bounded but for the ids of the answer, which events need.

    Attributes:
        policy: the request's rules.
        pending: the incomplete UTF-8 character that the answer ends with.
        output_ids: the answer so far.
        spoiled: under `observe`, the answer already holds a drift, so what follows is no confusion point of its own.
        events: how many were logged.
        on_event: takes the events of this sequence.
    """

    policy: GuardPolicy
    rules: ScriptRules | None
    on_event: Callable[["SequenceState", "EventDraft"], None]
    pending: bytes = b""
    output_ids: list[int] = field(default_factory=list)
    spoiled: bool = False
    events: int = 0

    @property
    def guarded(self) -> bool:
        """Whether this sequence is watched at all."""
        return self.rules is not None


@dataclass(frozen=True, slots=True)
class Finding:
    """A row in which a drifting token comes near.

    Attributes:
        row: index into the logits.
        token_id: the most probable drifting token.
        mass: confusion mass, 0 to 1.
        is_event: the mass reaches the policy's threshold, or the most probable token drifts.
    """

    row: int
    token_id: int
    mass: float
    is_event: bool


@dataclass(frozen=True, slots=True)
class EventDraft:
    """One confusion point, as the guard saw it.

    Attributes:
        position: index of the token in the answer.
        token_id: the token that drifts.
        candidates: (token id, raw log-probability in nats, drifts) of the most probable tokens, best first.
        mass: confusion mass, 0 to 1.
        action: `observed`, `masked` or `stood_back`.
        replacement_id: the token taken instead, None where none was.
    """

    position: int
    token_id: int
    candidates: tuple[tuple[int, float, bool], ...]
    mass: float
    action: str
    replacement_id: int | None


class Guard:
    """Reviews batches of logits rows. One per model; used from the generation thread only."""

    def __init__(self, detector: DriftDetector) -> None:
        self.detector = detector
        self._masks: dict[tuple[int, torch.device], tuple[Verdicts, torch.Tensor, torch.Tensor]] = {}

    def open(self, policy: GuardPolicy, on_event: Callable[[SequenceState, EventDraft], None]) -> SequenceState:
        """State of a new sequence."""
        return SequenceState(policy, self.detector.rules(policy) if policy.guards else None, on_event)

    def review(
        self, logits: torch.Tensor, states: Sequence[SequenceState], probs_of: Callable[[int], torch.Tensor]
    ) -> list[Finding]:
        """Rows in which drift comes near enough to matter.

        Args:
            logits: raw logits, float [rows, vocabulary]; not changed.
            states: one per row.
            probs_of: the request's own sampling distribution of a row, [vocabulary]; asked only where drift is near.
        """
        rows = [i for i, state in enumerate(states) if state.guarded]
        if not rows:
            return []
        drifts = [self._tensors(states[i], logits.device)[0] for i in rows]
        watched = logits if len(rows) == len(states) else logits[rows]
        mask = drifts[0] if all(d is drifts[0] for d in drifts) else torch.stack(drifts)
        best, token_ids = watched.masked_fill(~mask, -torch.inf).max(dim=-1)
        gaps = (watched.amax(dim=-1) - best).tolist()
        tokens = token_ids.tolist()
        findings = []
        for i, row in enumerate(rows):
            if (finding := self._finding(row, states[row], gaps[i], tokens[i], drifts[i], probs_of)) is not None:
                findings.append(finding)
        return findings

    def _finding(
        self,
        row: int,
        state: SequenceState,
        gap: float,
        token_id: int,
        drifts: torch.Tensor,
        probs_of: Callable[[int], torch.Tensor],
    ) -> Finding | None:
        # With every token drifting at the best one's logit the mass is at most V exp(-gap), at temperatures up to 1.
        if not gap < math.log(len(drifts) / state.policy.event_mass) * 2:
            return None
        mass = self.mass(probs_of(row), state)
        is_event = gap <= 0.0 or mass >= state.policy.event_mass
        return Finding(row, token_id, mass, is_event) if is_event else None

    def mass(self, probs: torch.Tensor, state: SequenceState) -> float:
        """Confusion mass of a row: the probability of its drifting tokens; probs float [vocabulary]."""
        return float(probs[self._tensors(state, probs.device)[0]].sum())

    def drifts(self, state: SequenceState, token_id: int) -> bool:
        """Whether a token would drift here."""
        return state.rules is not None and state.rules.blocks(state.pending, token_id)

    def masked(self, row: torch.Tensor, state: SequenceState, *, spare_character: bool) -> torch.Tensor | None:
        """A row without its drifting tokens, or None where nothing admissible would be left.

        Args:
            row: logits, float [vocabulary].
            state: of the row's sequence.
            spare_character: also take out what would leave invalid UTF-8 behind, so that removing a drift never breaks a
                character that the model was about to write.
        """
        drifts, breaks = self._tensors(state, row.device)
        if spare_character:
            strict = row.masked_fill(drifts | breaks, -torch.inf)
            if bool(torch.isfinite(strict).any()):
                return strict
        out = row.masked_fill(drifts, -torch.inf)
        return out if bool(torch.isfinite(out).any()) else None

    def report(
        self,
        row: torch.Tensor,
        state: SequenceState,
        token_id: int,
        mass: float,
        action: str,
        replacement_id: int | None,
    ) -> None:
        """Log one confusion point of a sequence.

        Args:
            row: raw logits, float [vocabulary], before any masking.
            state: of the row's sequence, not yet advanced.
            token_id: the token that drifts.
            mass: confusion mass, 0 to 1.
            action: `observed`, `masked` or `stood_back`.
            replacement_id: the token taken instead.
        """
        if state.spoiled:
            return
        logprobs = torch.log_softmax(row.float(), dim=-1)
        top = logprobs.topk(min(NUM_CANDIDATES, len(row)))
        candidates = tuple(
            (int(i), float(lp), self.drifts(state, int(i)))
            for i, lp in zip(top.indices.tolist(), top.values.tolist(), strict=True)
        )
        draft = EventDraft(len(state.output_ids), token_id, candidates, mass, action, replacement_id)
        state.events += 1
        state.on_event(state, draft)

    def advance(self, state: SequenceState, token_id: int) -> None:
        """Take in the token that was chosen."""
        if state.rules is not None:
            if state.policy.mode is Mode.OBSERVE and state.rules.blocks(state.pending, token_id):
                state.spoiled = True
            state.pending = state.rules.advance(state.pending, token_id)
        state.output_ids.append(token_id)

    def _tensors(self, state: SequenceState, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        assert state.rules is not None
        verdicts = state.rules.verdicts(state.pending)
        key = (id(verdicts), device)
        if key not in self._masks:
            if len(self._masks) >= _CACHED_MASKS:
                self._masks.clear()
            # The verdicts are kept beside the tensors: their id stays theirs as long as the entry lives.
            blocked = torch.tensor(verdicts.blocked, device=device)
            self._masks[key] = (verdicts, blocked, torch.tensor(verdicts.breaks, device=device))
        return self._masks[key][1:]
