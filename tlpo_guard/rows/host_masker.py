"""The guard for an engine that samples by itself on a CPU: rows masked in place, and beyond one pass only where something drifts.

Needs no torch.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.generation.host_rows import top_candidates
from tlpo_guard.generation.refill import keep_only, refill
from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.copy_edges import CopyWalk
from tlpo_guard.guard.detector import ScriptRules
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.host_masks import Flags, HostMasks
from tlpo_guard.guard.late import SeenPoint
from tlpo_guard.guard.points import NUM_CANDIDATES
from tlpo_guard.guard.state import SequenceState
from tlpo_guard.rows.cuts import NO_CUTS, Cuts

__all__ = ["HostMasker", "OwnSampling", "Row"]

Row = NDArray[np.float32]
Ids = NDArray[np.int64]

_WORTH_A_LOOK = 1e-3  # probability from which on it is asked whether a token may stand all the same
_MOST_LOOKED_AT = 32  # such tokens
_EDGE = 1e-3  # by how much more may be sampled from, as an engine's sums are rounded in another way
_FLOOR = 1e-4  # share of a row that only few tokens exceed
_PART = 1 << 16  # tokens that stay in a processor's cache between two passes
_NONE = np.empty(0, dtype=np.int64)
_SAFE_POWER = 60.0  # e to this is a float32, and so is the sum of a vocabulary of them


@dataclass(frozen=True, slots=True)
class OwnSampling:
    """How the engine samples a row.

    Attributes:
        temperature: 0 for greedy.
        cuts: that leave a part of the vocabulary to be sampled from.
        cut_again: the engine applies them itself, to what the guard has left. Else the guard does.
        constrained: a grammar has already taken out what the answer's form does not allow.
        moved: penalties or the like may move the row after the guard, so that another token than the first one may win.
    """

    temperature: float = 1.0
    cuts: Cuts = NO_CUTS
    cut_again: bool = False
    constrained: bool = False
    moved: bool = False


@dataclass(frozen=True, slots=True)
class _Here:
    """A row at its place in an answer."""

    row: Row
    rules: ScriptRules
    state: SequenceState
    how: OwnSampling
    copies: CopyWalk | None

    @property
    def pending(self) -> int:
        return self.state.pending

    @property
    def acts(self) -> bool:
        return self.state.policy.acts


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

    Args:
        exp: e to the power of some numbers, into an array that may be the same; numpy's own, or what is faster.

    Attributes:
        guard: over the model's vocabulary.
    """

    def __init__(self, guard: Guard, exp: Callable[[Row, Row], object] = np.exp) -> None:
        self.guard = guard
        self._exp = exp
        self._masks = HostMasks()
        self._shares, self._spare = (np.empty(self.size, dtype=np.float32) for _ in range(2))  # used again and again
        self._parts = [slice(start, min(start + _PART, self.size)) for start in range(0, self.size, _PART)]
        self._ones = np.ones(_PART, dtype=np.float32)

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
        here = _Here(row, rules, state, how, copies)
        best = int(row.argmax())
        if row[best] == -np.inf:
            return None
        if how.temperature <= 0:
            return self._greedy(here, best)
        return self._cut(here, best) if how.cuts else self._whole(here, best)

    def _greedy(self, here: _Here, best: int) -> SeenPoint | None:
        if not here.rules.blocks(here.pending, best):
            if here.how.moved and here.acts:
                self._take_all(here)
            return None
        self._weigh(here, best, 1.0)
        return self._done(here, self._drift(here, best, 1.0))

    def _whole(self, here: _Here, best: int) -> SeenPoint | None:
        total, drifting = self._weigh(here, best, here.how.temperature)
        mass = drifting / total
        if mass >= min(here.state.policy.event_mass, _WORTH_A_LOOK) or here.rules.blocks(here.pending, best):
            return self._done(here, self._drift(here, best, mass))
        if here.acts:
            self._take_all(here)
        return None

    def _cut(self, here: _Here, best: int) -> SeenPoint | None:
        how, row = here.how, here.row
        if how.cut_again:
            total, drifting = self._weigh(here, best, how.temperature)
            # No token has more than all of them together: mostly that is enough to know.
            if not self._may_be_drawn(here, best, total, drifting, _FLOOR * total):
                return None
            if not self._may_be_drawn(here, best, total, float(self._fill_drifting(here).max())):
                return None
        inside = how.cuts.kept(row, ties=how.cut_again)
        barred = self._masks.barred(here.rules, here.pending)[inside]
        if not barred.any():
            self._clean_cut(here, inside)
            return None
        logits = row[inside]
        shares = np.exp((logits - row[best]) * np.float32(1.0 / how.temperature))
        drifting = shares * barred
        worst, mass = int(drifting.argmax()), float(drifting.sum() / shares.sum())
        near = inside[_likely(drifting, shares.max())]
        return self._done(here, _Drift(int(inside[worst]), bool(logits[worst] >= row[best]), mass, near), inside)

    def _clean_cut(self, here: _Here, inside: Ids) -> None:
        if not here.how.cut_again:
            keep_only(here.row, inside)
        elif here.acts:  # the engine may draw the edge in another place
            self._refill(here, inside)

    def _weigh(self, here: _Here, best: int, temperature: float) -> tuple[float, float]:
        """Have what each token is sampled with in memory; what that adds up to, and what the blocked tokens have of it.

        Nobody asks here which of them may stand.
        """
        row, scale, blocked = here.row, np.float32(1.0 / temperature), self._masks.blocked(here.rules)
        lower = np.float32(0.0) if abs(row[best] * scale) < _SAFE_POWER else row[best]
        total = drifting = 0.0
        for part in self._parts:
            shares = self._shares[part]
            if lower:
                np.multiply(np.subtract(row[part], lower, out=shares), scale, out=shares)
            else:
                np.multiply(row[part], scale, out=shares)
            self._exp(shares, shares)
            total += float(shares @ self._ones[: len(shares)])
            drifting += float(shares @ blocked[part])
        if here.pending != BORDER:
            drifting += float(self._shares[_continuing(here)] @ self._masks.continued(here.rules, here.pending))
        return total, drifting

    def _fill_drifting(self, here: _Here) -> Row:
        """The shares of the blocked tokens, 0 for all others; float32 [vocabulary]."""
        drifting = np.multiply(self._shares, self._masks.blocked(here.rules), out=self._spare)
        if here.pending != BORDER:
            continuing = _continuing(here)
            drifting[continuing] += self._shares[continuing] * self._masks.continued(here.rules, here.pending)
        return drifting

    def _may_be_drawn(self, here: _Here, best: int, total: float, most: float, floor: float = 0.0) -> bool:
        """Whether a blocked token may be inside what an engine samples from.

        Args:
            most: that each of them has at most.
            floor: tokens of no more than this are not added up, so that few are.
        """
        cuts, limit = here.how.cuts, most * (1 + _EDGE)
        if most <= 0 or most < cuts.min_p * (1 - _EDGE) * float(self._shares[best]):
            return False
        if 0 < cuts.top_k <= np.count_nonzero(self._shares > limit):
            return False
        if cuts.top_p >= 1.0:
            return True
        above = 0.0
        for part in self._parts:
            shares = self._shares[part]
            above += float(shares[np.flatnonzero(shares > max(limit, floor))].sum())
            if above >= (cuts.top_p + _EDGE) * total:
                return False
        return True

    def _take_all(self, here: _Here) -> None:
        """Take out all that is blocked, but for what may stand anywhere; the most probable token is none of it."""
        row, rules = here.row, here.rules
        open_ids = _NONE if here.copies is None else here.copies.open()
        held = row[open_ids]
        row += self._masks.penalty(rules, BORDER, self._terms(here))
        if here.pending != BORDER:
            row[_continuing(here)[self._masks.continued(rules, here.pending) > 0]] = -np.inf
        row[open_ids] = held

    def _terms(self, here: _Here) -> Flags | None:
        terms = self.guard.terms_under(here.rules) if here.pending == BORDER else None
        return None if terms is None else terms.tokens

    def _drift(self, here: _Here, best: int, mass: float) -> _Drift:
        drifting = self._fill_drifting(here)
        worst = int(drifting.argmax())
        return _Drift(worst, bool(here.row[worst] >= here.row[best]), mass, _likely(drifting, self._shares[best]))

    def _done(self, here: _Here, drift: _Drift, inside: Ids | None = None) -> SeenPoint | None:
        """Take it out, and tell of it where it is a confusion point.

        Args:
            inside: what the row is sampled from; None for all of it.
        """
        found = drift.leads or drift.mass >= here.state.policy.event_mass
        candidates = self._candidates(here) if found else ()
        usable = self._take_out(here, drift, found, inside) if here.acts else True
        return SeenPoint(drift.worst, usable, drift.mass, candidates, here.how.constrained) if found else None

    def _candidates(self, here: _Here) -> tuple[tuple[int, float, bool], ...]:
        ids, logprobs = top_candidates(here.row, min(NUM_CANDIDATES, len(here.row)))
        ids, logprobs = ids[np.isfinite(logprobs)], logprobs[np.isfinite(logprobs)]  # a grammar may have left fewer
        drifts = self._masks.barred(here.rules, here.pending)[ids]
        return tuple(zip(ids.tolist(), logprobs.tolist(), drifts.tolist(), strict=True))

    def _take_out(self, here: _Here, drift: _Drift, found: bool, inside: Ids | None) -> bool:
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

    def _keep_rest(self, here: _Here, spared: Ids, found: bool) -> bool:
        for left, any_admissible in self._left(here, spared, found):
            if any_admissible:
                here.row[:] = left
                return True
        return False

    def _left(self, here: _Here, spared: Ids, found: bool) -> Iterator[tuple[Row, bool]]:
        terms = self._terms(here)
        for breaks in (True, False) if found else (False,):
            penalty = self._masks.penalty(here.rules, here.pending, terms, breaks=breaks)
            left = np.add(here.row, penalty, out=self._spare)
            any_admissible = bool(left.max() > -np.inf)
            left[spared] = here.row[spared]
            yield left, any_admissible

    def _hold(self, here: _Here, inside: Ids, kept: Ids) -> None:
        if not here.how.cut_again:
            keep_only(here.row, kept)
        elif len(kept) < len(inside):
            self._refill(here, kept)

    def _refill(self, here: _Here, kept: Ids) -> None:
        fillers = ~self._masks.barred(here.rules, here.pending)
        refill(here.row, kept, fillers, here.how.temperature, here.how.cuts.top_p)


def _continuing(here: _Here) -> Ids:
    return here.rules.tables.continuing


def _likely(drifting: Row, best: np.float32) -> Ids:
    """The drifting tokens that are likely to be drawn, by their shares and the best token's."""
    near = np.flatnonzero(drifting >= max(best * np.float32(_WORTH_A_LOOK), np.finfo(np.float32).tiny))
    if len(near) > _MOST_LOOKED_AT:
        near = near[np.argpartition(drifting[near], -_MOST_LOOKED_AT)[-_MOST_LOOKED_AT:]]
    return near
