"""The review where a look at a value waits for the device: all rows at once, shapes that depend on no value, one copy."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.generation.distribution import RowSampling, distribution, pick
from tlpo_guard.generation.review import Besides, Request, Reviewed, top_candidates
from tlpo_guard.generation.review_fused import FusedReview
from tlpo_guard.guard.device_masks import DeviceMasks
from tlpo_guard.guard.fused import fused_device
from tlpo_guard.guard.rows import NONE, GuardRows
from tlpo_guard.guard.rules_bank import RulesBank
from tlpo_guard.transfer import to_device, to_host

__all__ = ["DeviceReview"]


class DeviceReview:
    """Reviews batches whose logits lie on a device."""

    def __init__(self, bank: RulesBank, device: torch.device) -> None:
        self.masks = DeviceMasks(bank, device)
        self._device = device
        self._fused = FusedReview(self.masks) if fused_device(device) else None

    def begin(
        self,
        rows: GuardRows,
        sampling: RowSampling,
        again: NDArray[np.float64],
        own: torch.Tensor,
        sampled: NDArray[np.int64],
    ) -> torch.Tensor | None:
        """See `FusedReview.begin`; None where there are no kernels to read the distributions by."""
        return None if self._fused is None else self._fused.begin(rows, sampling, again, own, sampled)

    def __call__(self, rows: GuardRows, request: Request, besides: Besides) -> tuple[Reviewed, list[NDArray[Any]]]:
        """What the guard sees in a batch, and what else the host wants to know of it; waits once for the device."""
        winners = request.drawn.winners
        if rows.idle:
            chosen, *arrays = to_host([winners, *besides(winners, winners)])
            return Reviewed.of_winners(chosen.astype(np.int64)), arrays
        if self._fused is not None:
            return self._fused(rows, request, besides)
        self.masks.refresh()
        slots, states = self._up(rows.slots), self._up(rows.states)
        blocked = self.masks.blocked(slots, states)
        banned = self._up(rows.banned).unsqueeze(1)
        others = self._others(rows, blocked)
        drifts = blocked.gather(1, winners.unsqueeze(1)).squeeze(1)
        bans = (winners == banned.squeeze(1)) | others.gather(1, winners.unsqueeze(1)).squeeze(1)
        confusion, found, worst = self._points(rows, request, blocked, drifts)
        replacement = self._replacements(request, rows, ~blocked, banned, others, states)
        ids, logprobs = top_candidates(request.raw if request.events else request.raw[:, :1])
        drifting = blocked.gather(1, ids) | others.gather(1, ids) | (ids == banned)
        mass = self._mass(rows, request, confusion)
        figures = [winners, drifts, bans, confusion, mass, found, worst, replacement, ids, logprobs, drifting]
        told = to_host([*figures, *besides(winners, replacement)])
        return _reviewed(told[: len(figures)], rows, request.events), told[len(figures) :]

    def _up(self, array: NDArray[np.generic]) -> torch.Tensor:
        return to_device(array, self._device)

    def _others(self, rows: GuardRows, blocked: torch.Tensor) -> torch.Tensor:
        """What repairs keep out besides their token; bool [rows, vocabulary]."""
        others = torch.zeros_like(blocked)
        if rows.others:
            index = self._up(np.fromiter(rows.others, np.int64, len(rows.others)))
            others.index_copy_(0, index, self._up(np.stack(list(rows.others.values()))))
        return others

    def _points(
        self, rows: GuardRows, request: Request, blocked: torch.Tensor, drifts: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Confusion mass, whether a row is a confusion point, and its best drifting token; float32, bool, int64 [rows]."""
        winners, greedy = request.drawn.winners, self._up(request.greedy)
        confusion = (drifts & greedy).float()
        found, worst = drifts & greedy, torch.where(drifts & greedy, winners, NONE)
        if not len(request.drawn.sampled):
            return confusion, found, worst
        index, own = self._up(request.drawn.sampled), request.drawn.own
        drifting = torch.where(blocked.index_select(0, index), own, 0.0)
        mass, best = drifting.sum(dim=-1), drifting.max(dim=-1)
        least = self._up(rows.event_mass).index_select(0, index)
        points = (mass >= least) | ((best.values >= own.amax(dim=-1)) & (best.values > 0))
        confusion.index_copy_(0, index, mass)
        found.index_copy_(0, index, points)
        worst.index_copy_(0, index, torch.where(mass > 0, best.indices, NONE))
        return confusion, found, worst

    def _mass(self, rows: GuardRows, request: Request, confusion: torch.Tensor) -> torch.Tensor:
        point = self._up(rows.point)
        mass = torch.where(point != NONE, (request.drawn.winners == point).float(), confusion)
        if len(request.drawn.sampled):
            index = self._up(request.drawn.sampled)
            asked = point.index_select(0, index)
            own = request.drawn.own.gather(1, asked.clamp(min=0).unsqueeze(1)).squeeze(1)
            mass.index_copy_(0, index, torch.where(asked != NONE, own, mass.index_select(0, index)))
        return mass

    def _replacements(
        self,
        request: Request,
        rows: GuardRows,
        kept: torch.Tensor,
        banned: torch.Tensor,
        others: torch.Tensor,
        states: torch.Tensor,
    ) -> torch.Tensor:
        """What is drawn in place of each winner, should it not stay; `NONE` where nothing may; int64 [rows]."""
        logits = request.logits
        usable = torch.isfinite(logits)
        kept = kept & (torch.arange(logits.shape[-1], device=self._device) != banned)
        kept = self._preferred(kept & ~others, kept, usable)
        whole = kept & ~self.masks.breaks(states)
        kept = self._preferred(whole, kept, usable) & usable
        masked = logits.masked_fill(~kept, -torch.inf)
        drawn = masked.argmax(dim=-1)
        if len(request.drawn.sampled):
            index = self._up(request.drawn.sampled)
            _, own = distribution(masked.index_select(0, index), request.sampling.at(request.drawn.sampled))
            again = pick(own, self._up(request.again[request.drawn.sampled]))
            drawn = drawn.index_copy(0, index, again)
        return torch.where(kept.any(dim=-1), drawn, NONE)

    @staticmethod
    def _preferred(narrow: torch.Tensor, wide: torch.Tensor, usable: torch.Tensor) -> torch.Tensor:
        """A narrower mask in the rows in which it leaves anything."""
        return torch.where((narrow & usable).any(dim=-1, keepdim=True), narrow, wide)


def _reviewed(figures: list[NDArray[Any]], rows: GuardRows, events: bool) -> Reviewed:
    winners, drifts, bans, confusion, mass, found, worst, replacement, ids, logprobs, drifting = figures
    drifts, found = drifts.astype(np.bool_), found.astype(np.bool_)
    reported = np.flatnonzero((found | drifts | (rows.point != NONE)) & events)
    return Reviewed(
        winners=winners.astype(np.int64),
        drifts=drifts,
        banned=bans.astype(np.bool_),
        confusion=confusion.astype(np.float32),
        mass=mass.astype(np.float32),
        found=found,
        worst=worst.astype(np.int64),
        replacement=replacement.astype(np.int64),
        reported=reported,
        candidate_ids=ids[reported].astype(np.int64),
        candidate_logprobs=logprobs[reported].astype(np.float32),
        candidate_drifts=drifting[reported].astype(np.bool_),
    )
