"""The guard for an engine that samples by itself on a CPU: rows masked in place, and beyond one pass only where something drifts.

Needs no torch.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.generation.host_rows import top_candidates
from tlpo_guard.generation.refill import keep_only, refill
from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.copy_edges import CopyWalk
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.host_masks import Flags, HostMasks
from tlpo_guard.guard.late import SeenPoint
from tlpo_guard.guard.points import NUM_CANDIDATES
from tlpo_guard.guard.state import SequenceState
from tlpo_guard.rows.row_here import OwnSampling, RowHere
from tlpo_guard.rows.row_weights import RowWeights
from tlpo_guard.rows.tempering import Tempering

__all__ = ["HostMasker", "OwnSampling", "Row"]

Row = NDArray[np.float32]
Ids = NDArray[np.int64]

_WORTH_A_LOOK = 1e-3  # probability from which on it is asked whether a token may stand all the same
_MOST_LOOKED_AT = 32  # such tokens
_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Drift:
    """The drift in a row.

    Attributes:
        worst: its most probable token.
        leads: nothing else in the row is more probable.
        mass: what its tokens are sampled with, 0 to 1.
        near: those of them that are likely to be drawn.
    """

    worst: int
    leads: bool
    mass: float
    near: Ids


class HostMasker:
    """Masks the rows of one model. Not thread-safe: one thread generates.

    Attributes:
        guard: over the model's vocabulary.
    """

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self._masks = HostMasks()
        self._spare = np.empty(self.size, dtype=np.float32)
        self._weights = RowWeights(self._masks, self._spare)

    @property
    def size(self) -> int:
        """Columns that a row has at least; further ones are padding, which is left alone."""
        return self.guard.detector.vocabulary.size

    def mask(
        self, row: Row, state: SequenceState, how: OwnSampling, copies: CopyWalk | None = None
    ) -> SeenPoint | None:
        """Take the drifting tokens out of a row, as far as that leaves any others; what nobody would draw may be left as it is.

        Args:
            row: raw logits, changed in place; float32 [vocabulary or more].
            state: of its sequence.
            copies: where the answer stands in what the conversation brought.

        Returns:
            The confusion point, where the row is one.
        """
        row, rules = row[: self.size], state.rules
        if rules is None or state.paused or state.spoiled:
            if how.cuts and not how.cut_again:
                keep_only(row, how.cuts.kept(row))
            return None
        best = int(row.argmax())
        here = RowHere(row, best, float(row[best]), rules, state, how, copies)
        if here.top == -np.inf:
            return None
        if how.temperature <= 0:
            return self._greedy(here)
        return self._cut(here) if how.cuts else self._whole(here)

    def _greedy(self, here: RowHere) -> SeenPoint | None:
        if not here.rules.blocks(here.pending, here.best):
            if here.how.moved and here.acts:
                self._take_all(here)
            return None
        return self._done(here, self._drift(here, Tempering.of(here.top, 1.0), 1.0))

    def _whole(self, here: RowHere) -> SeenPoint | None:
        tempering = Tempering.of(here.top, here.how.temperature)
        drifts = here.rules.blocks(here.pending, here.best)
        least = min(here.state.policy.event_mass, _WORTH_A_LOOK)
        if drifts or not self._weights.holds_less(here, least):
            total, drifting = self._weights.weigh(here, tempering)
            if drifts or drifting >= least * total:
                return self._done(here, self._drift(here, tempering, drifting / total))
        if here.acts:
            self._take_all(here)
        return None

    def _cut(self, here: RowHere) -> SeenPoint | None:
        how, row = here.how, here.row
        if how.cut_again and self._weights.is_outside(here):
            return None
        inside = how.cuts.kept(row, ties=how.cut_again)
        barred = self._masks.barred(here.rules, here.pending)[inside]
        if not barred.any():
            self._clean_cut(here, inside)
            return None
        logits = row[inside]
        shares = np.exp((logits - here.top) * np.float32(1.0 / how.temperature))
        drifting = shares * barred
        worst, mass = int(drifting.argmax()), float(drifting.sum() / shares.sum())
        near = inside[_likely(drifting, float(shares.max()))]
        return self._done(here, _Drift(int(inside[worst]), bool(logits[worst] >= here.top), mass, near), inside)

    def _clean_cut(self, here: RowHere, inside: Ids) -> None:
        if not here.how.cut_again:
            keep_only(here.row, inside)
        elif here.acts:  # the engine may draw the edge in another place
            self._refill(here, inside)

    def _take_all(self, here: RowHere) -> None:
        """Take out all that is blocked, but for what may stand anywhere; the most probable token is none of it."""
        row, rules = here.row, here.rules
        open_ids = _NONE if here.copies is None else here.copies.open()
        held = row[open_ids]
        row += self._masks.penalty(rules, BORDER, self._terms(here))
        if here.pending != BORDER:
            row[here.continuing[self._masks.continued(rules, here.pending) > 0]] = -np.inf
        row[open_ids] = held

    def _terms(self, here: RowHere) -> Flags | None:
        terms = self.guard.terms_under(here.rules) if here.pending == BORDER else None
        return None if terms is None else terms.tokens

    def _drift(self, here: RowHere, tempering: Tempering, mass: float) -> _Drift:
        drifting = self._weights.drifting_shares(here, tempering)
        worst = int(drifting.argmax())
        return _Drift(worst, bool(here.row[worst] >= here.top), mass, _likely(drifting, tempering.share(here.top)))

    def _done(self, here: RowHere, drift: _Drift, inside: Ids | None = None) -> SeenPoint | None:
        """Take it out, and tell of it where it is a confusion point.

        Args:
            inside: what the row is sampled from; None for all of it.
        """
        found = drift.leads or drift.mass >= here.state.policy.event_mass
        candidates = self._candidates(here) if found else ()
        usable = self._take_out(here, drift, found, inside) if here.acts else True
        return SeenPoint(drift.worst, usable, drift.mass, candidates, here.how.constrained) if found else None

    def _candidates(self, here: RowHere) -> tuple[tuple[int, float, bool], ...]:
        ids, logprobs = top_candidates(here.row, min(NUM_CANDIDATES, len(here.row)))
        ids, logprobs = ids[np.isfinite(logprobs)], logprobs[np.isfinite(logprobs)]  # a grammar may have left fewer
        drifts = self._masks.barred(here.rules, here.pending)[ids]
        return tuple(zip(ids.tolist(), logprobs.tolist(), drifts.tolist(), strict=True))

    def _take_out(self, here: RowHere, drift: _Drift, found: bool, inside: Ids | None) -> bool:
        """Leave a row what it would be sampled from less what is kept out, or else the rest of it; False where nothing is left.

        Where a row drifts, what breaks a character goes with it: a drift that is cut off leaves half of one.
        """
        pardoned = self.guard.pardoned(here.state, drift.near.tolist())
        if inside is not None:
            found = found and drift.worst not in pardoned
        spared = np.fromiter(pardoned, dtype=np.int64, count=len(pardoned))
        if here.copies is not None:
            spared = np.concatenate([spared, here.copies.open()])
        if inside is None:
            return self._keep_rest(here, spared, found)
        for left, _ in self._left(here, spared, found):
            if len(kept := inside[left[inside] > -np.inf]):
                self._hold(here, inside, kept)
                return True
        usable = self._keep_rest(here, spared, found)
        if not here.how.cut_again:
            keep_only(here.row, here.how.cuts.kept(here.row))
        return usable

    def _keep_rest(self, here: RowHere, spared: Ids, found: bool) -> bool:
        for left, any_admissible in self._left(here, spared, found):
            if any_admissible:
                here.row[:] = left
                return True
        return False

    def _left(self, here: RowHere, spared: Ids, found: bool) -> Iterator[tuple[Row, bool]]:
        terms = self._terms(here)
        for breaks in (True, False) if found else (False,):
            penalty = self._masks.penalty(here.rules, here.pending, terms, breaks=breaks)
            left = np.add(here.row, penalty, out=self._spare)
            any_admissible = bool(left.max() > -np.inf)
            left[spared] = here.row[spared]
            yield left, any_admissible

    def _hold(self, here: RowHere, inside: Ids, kept: Ids) -> None:
        if not here.how.cut_again:
            keep_only(here.row, kept)
        elif len(kept) < len(inside):
            self._refill(here, kept)

    def _refill(self, here: RowHere, kept: Ids) -> None:
        fillers = ~self._masks.barred(here.rules, here.pending)
        refill(here.row, kept, fillers, here.how.temperature, here.how.cuts.top_p)


def _likely(drifting: Row, best: float) -> Ids:
    """The drifting tokens that are likely to be drawn, by their shares and the best token's."""
    near = np.flatnonzero(drifting >= max(best * _WORTH_A_LOOK, float(np.finfo(np.float32).tiny)))
    if len(near) > _MOST_LOOKED_AT:
        near = near[np.argpartition(drifting[near], -_MOST_LOOKED_AT)[-_MOST_LOOKED_AT:]]
    return near
