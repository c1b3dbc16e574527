"""The review on a CPU: one pass over the probabilities of a clean row, and the rest only where it is needed."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.generation import host_rows
from tlpo_guard.generation.distribution import RowSampling
from tlpo_guard.generation.review import Besides, Request, Reviewed
from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.detector import BLOCKED
from tlpo_guard.guard.host_masks import HostMasks
from tlpo_guard.guard.points import NUM_CANDIDATES
from tlpo_guard.guard.rows import NONE, GuardRows
from tlpo_guard.guard.rules_bank import RulesBank

__all__ = ["HostReview"]


class HostReview:
    """Reviews batches whose logits lie in the host's memory."""

    def __init__(self, bank: RulesBank) -> None:
        self._bank = bank
        self._masks = HostMasks()

    def begin(
        self,
        rows: GuardRows,
        sampling: RowSampling,
        again: NDArray[np.float64],
        own: torch.Tensor,
        sampled: NDArray[np.int64],
    ) -> torch.Tensor | None:
        """Nothing is read before the draw."""
        return None

    def __call__(self, rows: GuardRows, request: Request, besides: Besides) -> tuple[Reviewed, list[NDArray[Any]]]:
        """What the guard sees in a batch, and what else the host wants to know of it."""
        reviewed = self._reviewed(rows, request)
        others = besides(request.drawn.winners, torch.from_numpy(reviewed.replacement))
        return reviewed, [tensor.numpy() for tensor in others]

    def _reviewed(self, rows: GuardRows, request: Request) -> Reviewed:
        winners = request.drawn.winners.numpy()
        if rows.idle:
            return Reviewed.of_winners(winners)
        drifts = self._bank.token_flags(rows.slots, rows.states, winners) & BLOCKED > 0
        banned = rows.bans(winners)
        confusion = self._confusion(rows, request, drifts)
        found, worst = self._points(rows, request, confusion, drifts)
        unwanted = (drifts & rows.acts) | banned | (drifts & (rows.point != NONE))
        unwanted &= (rows.point == NONE) | (rows.banned != NONE)  # a point that is only observed keeps its token
        reported = np.flatnonzero((found | drifts | (rows.point != NONE)) & request.events)
        ids, logprobs, drifting = self._candidates(rows, request.raw, reported)
        return Reviewed(
            winners=winners,
            drifts=drifts,
            banned=banned,
            confusion=confusion,
            mass=self._mass(rows, request, confusion),
            found=found,
            worst=worst,
            replacement=self._replacements(rows, request, np.flatnonzero(unwanted)),
            reported=reported,
            candidate_ids=ids,
            candidate_logprobs=logprobs,
            candidate_drifts=drifting,
        )

    def _confusion(self, rows: GuardRows, request: Request, drifts: NDArray[np.bool_]) -> NDArray[np.float32]:
        """The probability of all drifting tokens: of a greedy row, whether its winner is one; float32 [rows]."""
        confusion = np.where(request.greedy & drifts, np.float32(1.0), np.float32(0.0))
        sampled, own = request.drawn.sampled, request.drawn.own
        rules = [rows.rules[row] for row in sampled]
        first = rules[0] if rules else None
        if first is not None and all(r is first for r in rules):
            confusion[sampled] = torch.mv(own, torch.from_numpy(self._masks.blocked(first))).numpy()
        else:
            for index, r in enumerate(rules):
                if r is not None:
                    confusion[sampled[index]] = np.dot(own.numpy()[index], self._masks.blocked(r))
        for index in np.flatnonzero((rows.states[sampled] != BORDER) & (rows.slots[sampled] != 0)):
            watched = rules[index]
            assert watched is not None
            continued = self._masks.continued(watched, int(rows.states[sampled[index]]))
            confusion[sampled[index]] += own.numpy()[index, self._bank.tables.continuing] @ continued
        return confusion

    def _points(
        self, rows: GuardRows, request: Request, confusion: NDArray[np.float32], drifts: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """The rows whose winner or best token drifts or whose confusion mass makes an event, and their best drifting token."""
        found = drifts.copy()
        worst = np.where(drifts, request.drawn.winners.numpy(), NONE)
        sampled, own = request.drawn.sampled, request.drawn.own
        # The best token has at least its share of the probability, so less than that hides none that drifts.
        near = confusion[sampled] >= np.minimum(rows.event_mass[sampled], 0.5 / own.shape[-1])
        for index in np.flatnonzero(near & (rows.slots[sampled] != 0) & ~drifts[sampled]).tolist():
            row = int(sampled[index])
            rules = rows.rules[row]
            assert rules is not None
            probs = own.numpy()[index]
            drifting = probs * self._masks.blocked(rules)
            if rows.states[row] != BORDER:
                tokens = self._bank.tables.continuing
                more = self._masks.continued(rules, int(rows.states[row])) > 0
                drifting[tokens[more]] = probs[tokens[more]]
            worst[row] = drifting.argmax()
            found[row] = confusion[row] >= rows.event_mass[row] or drifting[worst[row]] >= probs.max()
        return found, worst

    def _mass(self, rows: GuardRows, request: Request, confusion: NDArray[np.float32]) -> NDArray[np.float32]:
        points = np.flatnonzero(rows.point != NONE)
        if not len(points):
            return confusion
        mass, place = confusion.copy(), _places(request)
        for row in points.tolist():
            token_id = int(rows.point[row])
            if row in place:
                mass[row] = request.drawn.own.numpy()[place[row], token_id]
            else:
                mass[row] = float(request.drawn.winners.numpy()[row] == token_id)
        return mass

    def _candidates(
        self, rows: GuardRows, raw: torch.Tensor, reported: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]:
        if not len(reported):
            return np.empty((0, 0), np.int64), np.empty((0, 0), np.float32), np.empty((0, 0), np.bool_)
        count = min(NUM_CANDIDATES, raw.shape[-1])
        best = [host_rows.top_candidates(raw[row].numpy(), count) for row in reported.tolist()]
        ids, logprobs = np.stack([b[0] for b in best]), np.stack([b[1] for b in best])
        everywhere = np.full((len(raw), ids.shape[1]), 0, dtype=np.int64)
        everywhere[reported] = ids
        flags = self._bank.token_flags(rows.slots, rows.states, everywhere) & BLOCKED > 0
        return ids, logprobs, (flags | rows.bans(everywhere))[reported]

    def _replacements(self, rows: GuardRows, request: Request, needed: NDArray[np.int64]) -> NDArray[np.int64]:
        replacement = np.full(len(rows.slots), NONE, dtype=np.int64)
        if not len(needed):
            return replacement
        place = _places(request)
        for row in needed.tolist():
            logits = request.logits.numpy()[row]
            whole = request.drawn.whole.numpy()[place[row]] if row in place else None
            how = request.sampling
            cuts = float(how.top_p[row]), int(how.top_k[row]), float(how.min_p[row])
            temperature, uniform = float(how.temperature[row]), float(request.again[row])
            for kept in self._kept(rows, row, logits):
                replacement[row] = host_rows.draw_kept(logits, whole, kept, *cuts, temperature, uniform)
                if replacement[row] != NONE:
                    break
        return replacement

    def _kept(self, rows: GuardRows, row: int, logits: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """What may stand in a row: first what breaks no character either, then all that does not drift; float32 [vocabulary]."""
        rules, state = rows.rules[row], int(rows.states[row])
        if rules is None:
            yield _repaired(rows, row, logits, np.ones_like(logits))
            return
        yield _repaired(rows, row, logits, self._masks.admissible(rules, state))
        yield _repaired(rows, row, logits, (rules.flags(state) & BLOCKED == 0).astype(np.float32))


def _places(request: Request) -> dict[int, int]:
    """Where each row that is drawn from has its distribution."""
    return {row: index for index, row in enumerate(request.drawn.sampled.tolist())}


def _repaired(rows: GuardRows, row: int, logits: NDArray[np.float32], kept: NDArray[np.float32]) -> NDArray[np.float32]:
    """A mask less what a repair keeps out; of its further tokens as long as that leaves anything."""
    if rows.banned[row] != NONE:
        kept = kept.copy()
        kept[rows.banned[row]] = 0.0
    others = rows.others.get(row)
    if others is None:
        return kept
    rest = np.where(others, np.float32(0.0), kept)
    return rest if bool(np.isfinite(logits[rest > 0]).any()) else kept
