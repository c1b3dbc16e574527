"""The guard's batched core: logits rows and sequence states in, findings and masked rows out. Knows no framework."""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch

from tlpo_guard.guard.detector import DriftDetector, Verdicts
from tlpo_guard.guard.points import NUM_CANDIDATES, Action, EventDraft, Finding, Kind
from tlpo_guard.guard.state import Repair, SequenceState
from tlpo_guard.policy import GuardPolicy, Mode

__all__ = ["Guard"]

_CACHED_MASKS = 64
_LEAST_MASS = 1e-3  # a confusion mass that cannot reach this is not worth its softmax


@dataclass(frozen=True, slots=True)
class _Masks:
    """Verdicts as tensors; they are kept beside them, so that their id stays theirs as long as the entry lives."""

    verdicts: Verdicts
    blocked: torch.Tensor
    breaks: torch.Tensor
    only_blocked: torch.Tensor  # added to a row it leaves the blocked tokens; float32


class Guard:
    """Reviews batches of logits rows. One per model; used from the generation thread only.

    Args:
        spans: tokens that open (True) and close (False) what is not the answer proper, such as reasoning.
    """

    def __init__(self, detector: DriftDetector, spans: Mapping[int, bool] | None = None) -> None:
        self.detector = detector
        self._spans = dict(spans or {})
        self._masks: OrderedDict[tuple[int, torch.device], _Masks] = OrderedDict()
        self._scratch = torch.empty(0)

    def open(self, policy: GuardPolicy, prompt_ids: Iterable[int] = ()) -> SequenceState:
        """State of a new sequence, behind a prompt, which may have opened the reasoning itself."""
        state = SequenceState(policy, self.detector.rules(policy) if policy.guards else None)
        if not policy.reasoning and self._spans:
            for token_id in prompt_ids:
                state.paused = self.pauses(state.paused, token_id)
        return state

    def pauses(self, paused: bool, token_id: int) -> bool:
        """Whether what follows a token is not the answer proper, such as reasoning or a tool call."""
        return self._spans.get(token_id, paused)

    def resume(self, state: SequenceState, repair: Repair) -> SequenceState:
        """State of a sequence that has gone back to a confusion point: a new one, the old is left as it is."""
        kept = state.output_ids[: repair.position]
        tail = kept[-8:]  # pending bytes are at most three, and hardly any token is empty
        return SequenceState(
            state.policy,
            state.rules,
            pending=b"" if state.rules is None else state.rules.fold(tail),
            output_ids=kept,
            repair=repair,
        )

    def review(
        self,
        logits: torch.Tensor,
        states: Sequence[SequenceState],
        temperatures: Sequence[float],
        probs_of: Callable[[int], torch.Tensor | None],
    ) -> list[Finding]:
        """The confusion points among some rows; costs two passes over rows in which nothing drifts.

        Args:
            logits: float32 [rows, vocabulary]; not changed.
            states: one per row.
            temperatures: one per row.
            probs_of: the request's own sampling distribution of a row, [vocabulary], None for a greedy one; asked only where
                drift is near.
        """
        rows = [i for i, state in enumerate(states) if state.guarded]
        if not rows:
            return []
        masks = [self._of(states[i], logits.device) for i in rows]
        watched = logits if len(rows) == len(states) else logits[rows]
        first = masks[0].only_blocked
        shared = all(m.only_blocked is first for m in masks)
        filters = first if shared else torch.stack([m.only_blocked for m in masks])
        if self._scratch.shape != watched.shape or self._scratch.device != watched.device:
            self._scratch = torch.empty_like(watched)
        best = torch.add(watched, filters, out=self._scratch).amax(dim=-1)
        gaps = (watched.amax(dim=-1) - best).tolist()
        # With every token drifting at the best one's logit the mass is at most V exp(-gap / temperature).
        near = math.log(logits.shape[-1] / _LEAST_MASS)
        found = []
        for i, row in enumerate(rows):
            if gaps[i] <= 0.0 or gaps[i] < near * temperatures[row]:
                finding = self._finding(row, states[row], gaps[i], i, masks[i], probs_of(row))
                if finding is not None:
                    found.append(finding)
        return found

    def _finding(
        self, row: int, state: SequenceState, gap: float, at: int, masks: _Masks, probs: torch.Tensor | None
    ) -> Finding | None:
        if probs is None and gap > 0.0:
            return None
        mass = 1.0 if probs is None else _mass(probs, masks)
        state.mass += mass
        if gap > 0.0 and mass < state.policy.event_mass:
            return None
        return Finding(row, int(self._scratch[at].argmax()), mass)

    def mass(self, probs: torch.Tensor, state: SequenceState) -> float:
        """Confusion mass of a row: the probability of its drifting tokens; probs float [vocabulary]."""
        return _mass(probs, self._of(state, probs.device))

    def drifts(self, state: SequenceState, token_id: int) -> bool:
        """Whether a token's script would drift here."""
        return state.rules is not None and not state.paused and state.rules.blocks(state.pending, token_id)

    def banned(self, state: SequenceState, token_id: int) -> bool:
        """Whether a repair keeps a token out here."""
        repair = state.repair
        if repair is None:
            return False
        at = len(state.output_ids)
        if at == repair.position and token_id == repair.token_id:
            return True
        return repair.others is not None and at < repair.until and bool(repair.others[token_id])

    def masked(self, row: torch.Tensor, state: SequenceState, *, spare_character: bool) -> torch.Tensor | None:
        """A row without its drifting tokens, or None where nothing admissible would be left.

        Args:
            row: logits, float [vocabulary].
            state: of the row's sequence.
            spare_character: also take out what would leave invalid UTF-8 behind, so that removing a drift never breaks a
                character that the model was about to write.
        """
        masks = self._of(state, row.device)
        out = self._repaired(row.masked_fill(masks.blocked, -torch.inf), state)
        if spare_character:
            strict = out.masked_fill(masks.breaks, -torch.inf)
            if bool(torch.isfinite(strict.amax())):
                return strict
        return out if bool(torch.isfinite(out.amax())) else None

    def _repaired(self, row: torch.Tensor, state: SequenceState) -> torch.Tensor:
        """A row without what a repair keeps out, as far as that leaves anything; may change the row."""
        repair, at = state.repair, len(state.output_ids)
        if repair is None:
            return row
        if at == repair.position:
            row[repair.token_id] = -torch.inf
        if repair.others is not None and at < repair.until:
            rest = row.masked_fill(repair.others, -torch.inf)
            return rest if bool(torch.isfinite(rest.amax())) else row
        return row

    def report(
        self,
        row: torch.Tensor,
        state: SequenceState,
        token_id: int,
        mass: float,
        action: Action,
        replacement_id: int | None,
        *,
        kind: Kind = Kind.SCRIPT,
    ) -> None:
        """Log one confusion point of a sequence.

        Args:
            row: raw logits, float [vocabulary], before any masking.
            state: of the row's sequence, not yet advanced.
            token_id: the token that drifts.
            mass: confusion mass, 0 to 1.
            action: `observed`, `masked`, `rewound` or `stood_back`.
            replacement_id: the token taken instead.
            kind: `script` or `word`.
        """
        if state.spoiled:
            return
        logprobs = torch.log_softmax(row.float(), dim=-1)
        top = logprobs.topk(min(NUM_CANDIDATES, len(row)))
        candidates = tuple(
            (int(i), float(lp), self.drifts(state, int(i)) or self.banned(state, int(i)))
            for i, lp in zip(top.indices.tolist(), top.values.tolist(), strict=True)
        )
        draft = EventDraft(len(state.output_ids), token_id, kind, candidates, mass, action, replacement_id)
        state.events += 1
        state.drafts.append(draft)

    def advance(self, state: SequenceState, token_id: int) -> None:
        """Take in the token that was chosen."""
        if state.rules is not None:
            if state.policy.mode is Mode.OBSERVE and self.drifts(state, token_id):
                state.spoiled = True
            state.pending = state.rules.advance(state.pending, token_id)
            if not state.policy.reasoning:
                state.paused = self.pauses(state.paused, token_id)
        state.output_ids.append(token_id)

    def _of(self, state: SequenceState, device: torch.device) -> _Masks:
        assert state.rules is not None
        verdicts = state.rules.verdicts(state.pending)
        key = (id(verdicts), device)
        found = self._masks.get(key)
        if found is None:
            blocked = torch.tensor(verdicts.blocked, device=device)
            only = torch.zeros(len(blocked), device=device).masked_fill_(~blocked, -torch.inf)
            found = _Masks(verdicts, blocked, torch.tensor(verdicts.breaks, device=device), only)
            self._masks[key] = found
            if len(self._masks) > _CACHED_MASKS:
                self._masks.popitem(last=False)
        return found


def _mass(probs: torch.Tensor, masks: _Masks) -> float:
    return float((probs * masks.blocked).sum())
