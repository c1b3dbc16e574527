"""The guard for an engine that samples by itself on a CPU: each row in place, and beyond one pass only where something drifts."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.generation import host_rows
from tlpo_guard.generation.support import cut_proof
from tlpo_guard.guard.detector import ScriptRules
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.host_masks import HostMasks
from tlpo_guard.guard.late import SeenPoint
from tlpo_guard.guard.points import NUM_CANDIDATES
from tlpo_guard.guard.state import SequenceState

__all__ = ["HostMasker", "OwnSampling"]

_WORTH_A_LOOK = 1e-3  # probability from which on it is asked whether a token may stand all the same
_MOST_LOOKED_AT = 32  # such tokens
_EDGE = 1e-3


@dataclass(frozen=True, slots=True)
class OwnSampling:
    """How the engine samples a row.

    Attributes:
        temperature: 0 for greedy.
        top_p: nucleus mass, above 0 and up to 1.
        top_k: tokens kept, 0 for all.
        min_p: tokens less probable than this share of the most probable one are left out; 0 for none.
        constrained: a grammar has already taken out what the answer's form does not allow.
        moved: penalties move the row after the guard, so that what will be cut is not known.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    constrained: bool = False
    moved: bool = False

    @property
    def cuts(self) -> bool:
        """Whether the engine samples from a part of the vocabulary, which is known beforehand."""
        return self.temperature > 0 and not self.moved and (self.top_p < 1.0 or self.top_k > 0 or self.min_p > 0)


@dataclass(slots=True)
class _Drift:
    """The drift in one row.

    Attributes:
        own: what the row is sampled from, adding up to 1; float32 [vocabulary].
        blocked: the tokens that are kept out; bool [vocabulary].
        mass: of them, 0 to 1.
        worst: the most probable of them.
        point: whether it makes an event.
    """

    own: NDArray[np.float32]
    blocked: NDArray[np.bool_]
    mass: float
    worst: int
    point: bool


class HostMasker:
    """Masks rows in the host's memory. Used from one thread."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._masks = HostMasks()
        self._scaled = self._probs = torch.empty(0)  # memory for one row, used again and again

    def mask(self, row: NDArray[np.float32], state: SequenceState, how: OwnSampling) -> SeenPoint | None:
        """Take the drifting tokens out of a row, as far as that leaves any others; a clean greedy or cut row is left as it is.

        Args:
            row: raw logits, changed in place; float32 [vocabulary].
            state: of its sequence.
        """
        if not state.watched or state.spoiled or state.rules is None:
            return None
        logits = torch.from_numpy(row)
        best = int(row.argmax())
        first_drifts = state.rules.blocks(state.pending, best)
        if how.temperature <= 0:
            return self._masked(row, state, how, torch.softmax(logits, dim=-1).numpy()) if first_drifts else None
        whole = self._probabilities(logits, how.temperature)
        if how.cuts and not self._mass(_cut(whole, how, _EDGE), state.rules, state.pending):
            return None
        own = _cut(whole, how) if how.cuts else whole
        mass = self._mass(own, state.rules, state.pending)
        if first_drifts or mass >= min(state.policy.event_mass, _WORTH_A_LOOK):
            return self._masked(row, state, how, own)
        if state.acts:
            if how.cuts:
                self._take_out(row, how, own, self._masks.barred(state.rules, state.pending), spare=None)
            else:
                self._take_all(row, state.rules, state.pending)
        return None

    def _probabilities(self, logits: torch.Tensor, temperature: float) -> NDArray[np.float32]:
        """What a row is sampled from before any cuts, until the next one comes; float32 [vocabulary]."""
        if self._probs.shape != logits.shape:
            self._scaled, self._probs = torch.empty_like(logits), torch.empty_like(logits)
        torch.mul(logits, 1.0 / temperature, out=self._scaled)
        probs: NDArray[np.float32] = torch.softmax(self._scaled, dim=-1, out=self._probs).numpy()
        return probs

    def _mass(self, own: NDArray[np.float32], rules: ScriptRules, pending: int) -> float:
        """The probability of the drifting tokens, without asking which of them may stand."""
        mass = torch.dot(torch.from_numpy(own), torch.from_numpy(self._masks.blocked(rules))).item()
        if pending:
            mass += float(own[rules.tables.continuing] @ self._masks.continued(rules, pending))
        return mass

    def _take_all(self, row: NDArray[np.float32], rules: ScriptRules, pending: int) -> None:
        row += self._masks.penalty(rules)
        if pending:
            row[rules.tables.continuing[self._masks.continued(rules, pending) > 0]] = -np.inf

    def _masked(
        self, row: NDArray[np.float32], state: SequenceState, how: OwnSampling, own: NDArray[np.float32]
    ) -> SeenPoint | None:
        assert state.rules is not None
        drift = self._drift(state, how, own)
        if not drift.mass or (how.temperature <= 0 and not drift.point):
            return None
        candidates = self._candidates(row, state, drift.blocked) if drift.point else ()
        usable = True
        if state.acts:
            breaks = self._masks.breaking(state.rules, state.pending) if drift.point else None
            usable = self._take_out(row, how, own, drift.blocked, breaks)
        if not drift.point:
            return None
        return SeenPoint(drift.worst, usable, drift.mass, candidates, how.constrained)

    def _drift(self, state: SequenceState, how: OwnSampling, own: NDArray[np.float32]) -> _Drift:
        assert state.rules is not None
        blocked = self._masks.barred(state.rules, state.pending)
        drifting, best = own * blocked, float(own.max())
        looked_at = np.flatnonzero(drifting >= min(_WORTH_A_LOOK, best))
        if len(looked_at) > _MOST_LOOKED_AT:
            looked_at = looked_at[np.argpartition(drifting[looked_at], -_MOST_LOOKED_AT)[-_MOST_LOOKED_AT:]]
        if pardoned := list(self._guard.pardoned(state, looked_at.tolist())):
            blocked = blocked.copy()
            blocked[pardoned] = False
            drifting[pardoned] = 0.0
        worst = int(drifting.argmax())
        leads = drifting[worst] > 0 and drifting[worst] >= best
        mass = float(drifting.sum()) if how.temperature > 0 else float(leads)
        return _Drift(own, blocked, mass, worst, bool(leads or mass >= state.policy.event_mass))

    def _candidates(
        self, row: NDArray[np.float32], state: SequenceState, blocked: NDArray[np.bool_]
    ) -> tuple[tuple[int, float, bool], ...]:
        ids, logprobs = host_rows.top_candidates(row, min(NUM_CANDIDATES, len(row)))
        ids, logprobs = ids[np.isfinite(logprobs)], logprobs[np.isfinite(logprobs)]  # a grammar may have left fewer
        pardoned = self._guard.pardoned(state, ids[blocked[ids]].tolist())
        drifts = (bool(blocked[i]) and i not in pardoned for i in ids.tolist())
        return tuple(zip(ids.tolist(), logprobs.tolist(), drifts, strict=True))

    def _take_out(
        self,
        row: NDArray[np.float32],
        how: OwnSampling,
        own: NDArray[np.float32],
        blocked: NDArray[np.bool_],
        spare: NDArray[np.bool_] | None,
    ) -> bool:
        """Leave a row what it would be sampled from less what is kept out, or else the rest of it; False where nothing is left.

        Args:
            spare: tokens that go, too, as long as that leaves anything; bool [vocabulary].
        """
        finite = np.isfinite(row)
        inside = finite & (own > 0) if how.cuts else finite
        for kept in _choices(inside, blocked, spare):
            if kept.any():
                row[:] = _held(row, kept, ~blocked, how) if how.cuts else np.where(kept, row, -np.inf)
                return True
        for kept in _choices(finite, blocked, spare):
            if kept.any():
                row[~kept] = -np.inf
                return True
        return False


def _choices(
    inside: NDArray[np.bool_], blocked: NDArray[np.bool_], spare: NDArray[np.bool_] | None
) -> Iterator[NDArray[np.bool_]]:
    if spare is not None:
        yield inside & ~blocked & ~spare
    yield inside & ~blocked


def _cut(whole: NDArray[np.float32], how: OwnSampling, edge: float = 0.0) -> NDArray[np.float32]:
    """What the engine samples from, tokens as probable as the last one among it; float32 [vocabulary], adding up to 1.

    Args:
        edge: by how much more, as the engine's sums are rounded in another way; 0 to 1.
    """
    cuts = np.array([min(how.top_p + edge, 1.0)]), np.array([how.top_k]), np.array([how.min_p * (1.0 - edge)])
    own = host_rows.cut(whole[None], *cuts)[0]
    held = np.where(whole >= whole[own > 0].min() * np.float32(1.0 - edge), whole, np.float32(0.0))
    return np.asarray(held / held.sum())


def _held(
    row: NDArray[np.float32], kept: NDArray[np.bool_], fillers: NDArray[np.bool_], how: OwnSampling
) -> NDArray[np.float32]:
    logits, left, others = (torch.from_numpy(array).unsqueeze(0) for array in (row, kept, fillers))
    temperature, top_p = torch.tensor([how.temperature]), torch.tensor([how.top_p])
    held: NDArray[np.float32] = cut_proof(logits, left, others, temperature, top_p)[0].numpy()
    return held
