"""The review by fused kernels: the figures of `DeviceReview`, by one upload, four launches and one copy to the host.

The first launch serves the draw, too: it brings the sums that `pick` begins with.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.generation.distribution import SUMMED, RowSampling
from tlpo_guard.generation.review import Besides, Request, Reviewed
from tlpo_guard.guard.device_masks import DeviceMasks
from tlpo_guard.guard.fused import FIGURES, ROW_COLUMNS, TOP, FusedTables, kernels
from tlpo_guard.guard.rows import NONE, GuardRows
from tlpo_guard.transfer import to_device, to_host

__all__ = ["FusedReview", "candidates"]

_DRIFTS, _BANNED, _FOUND = 1, 2, 4
_PROGRAMS = 1024  # about as many as a GPU runs at once


@dataclass(frozen=True, slots=True)
class _Begun:
    """A review whose rows have been read.

    Attributes:
        ints: what the kernels have to know of the rows; int32 [rows, columns].
        draws: uniforms for the second draw, top-p and min-p; float64 [rows, 3].
        others: what repairs keep out besides their token, 32 tokens a number; int32 [repairs, words].
    """

    rows: GuardRows
    ints: torch.Tensor
    draws: torch.Tensor
    others: torch.Tensor


class FusedReview:
    """Reviews batches whose logits lie on a GPU.

    Args:
        masks: of the guard's bank, on that GPU.
        tables: made from them; None makes them.
    """

    def __init__(self, masks: DeviceMasks, tables: FusedTables | None = None) -> None:
        self._tables = tables or FusedTables(masks)
        self._kernels = kernels("review")
        self._begun: _Begun | None = None

    def __call__(self, rows: GuardRows, request: Request, besides: Besides) -> tuple[Reviewed, list[NDArray[Any]]]:
        """What the guard sees in a batch, and what else the host wants to know of it; waits once for the device."""
        if self._begun is None or self._begun.rows is not rows:
            drawn = request.drawn
            self.begin(rows, request.sampling, request.again, drawn.own, drawn.sampled)
        begun, self._begun = self._begun, None
        assert begun is not None
        figures = torch.empty(len(rows.slots), FIGURES, dtype=torch.int32, device=request.raw.device)
        self._launched(request, figures, begun)
        told, *arrays = to_host([figures, *besides(request.drawn.winners, figures[:, 5])])
        return self._reviewed(told, rows, request.events), arrays

    def begin(
        self,
        rows: GuardRows,
        sampling: RowSampling,
        again: NDArray[np.float64],
        own: torch.Tensor,
        sampled: NDArray[np.int64],
    ) -> torch.Tensor:
        """Read the distributions, once for the guard and for the draw: their sums of every `SUMMED` tokens, as `pick` takes them.

        Args:
            again: uniforms for what is drawn in place of a winner; float64 [rows].
            own: distributions of the rows that are not greedy; float32 [sampled, vocabulary].
            sampled: these rows; int64 [sampled].
        """
        if int(rows.states.max(initial=0)) >= self._tables.states:
            raise IndexError(f"there is no incomplete character {int(rows.states.max())}")
        tables, own = self._tables, _whole_rows(own)
        tables.refresh()
        self._begun = begun = _Begun(rows, *self._uploaded(rows, sampling, again, sampled))
        sums = torch.empty(len(own), -(-tables.vocabulary // SUMMED), device=own.device)
        if len(own):
            parts, sizes = tables.workspace(len(rows.slots)).parts, {"BLOCK": tables.block, "SUMMED": SUMMED}
            read = (own, own.stride(0), parts, sums, begun.ints, tables.blocks, tables.vocabulary)
            tables.launch(self._kernels.look, (len(own), tables.blocks), *read, **sizes)
        return sums

    def _uploaded(
        self, rows: GuardRows, sampling: RowSampling, again: NDArray[np.float64], sampled: NDArray[np.int64]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What the kernels have to know of the rows: int32 [rows, columns], float64 [rows, 3], packed flags of repairs."""
        count = len(rows.slots)
        wide = count * ROW_COLUMNS * 4
        packed = np.zeros(wide + count * 24, dtype=np.uint8)
        ints = packed[:wide].view(np.int32).reshape(count, ROW_COLUMNS)
        floats, draws = ints.view(np.float32), packed[wide:].view(np.float64).reshape(count, 3)
        ints[:, 0], ints[:, 1], ints[:, 2], ints[:, 3] = rows.slots, rows.states, rows.banned, rows.point
        ints[:, 4], ints[:, 6], ints[:, 7] = NONE, rows.acts, NONE
        ints[sampled, 4] = np.arange(len(sampled))
        ints[: len(sampled), 5] = sampled
        floats[:, 8], floats[:, 9] = rows.event_mass, 1.0 / sampling.temperature
        ints[sampling.cut_rows, 10] = 1
        ints[:, 11] = np.minimum(sampling.top_k, self._tables.vocabulary)
        draws[:, 0], draws[:, 1], draws[:, 2] = again, sampling.top_p, sampling.min_p
        for place, row in enumerate(rows.others):
            ints[row, 7] = place
        device = self._tables.device
        told = to_device(packed, device)
        on_device = told[:wide].view(torch.int32), told[wide:].view(torch.float64)
        if not rows.others:
            return *on_device, on_device[0]
        return *on_device, to_device(self._tables.packed(np.stack(list(rows.others.values()))), device)

    def _launched(self, request: Request, figures: torch.Tensor, begun: "_Begun") -> None:
        ints, draws, others = begun.ints, begun.draws, begun.others
        tables, own = self._tables, _whole_rows(request.drawn.own)
        raw, logits = _whole_rows(request.raw), _whole_rows(request.logits)
        count, blocks, size = len(figures), tables.blocks, tables.vocabulary
        memory = tables.workspace(count)
        judge = self._kernels.judge
        judged = (
            request.drawn.winners,
            own if len(own) else logits,
            own.stride(0),
            memory.parts,
            ints,
            figures,
            others,
        )
        tables.launch(judge, (count,), *judged, blocks, size, int(request.events), PARTS=tables.parts)
        seen = (
            raw,
            raw.stride(0),
            logits,
            logits.stride(0),
            memory.parts,
            memory.keys,
            memory.sums,
            ints,
            figures,
            others,
        )
        several = min(blocks, max(_PROGRAMS // count, 1))  # a program that has nothing to do costs its start
        tables.launch(self._kernels.look_again, (count, several), *seen, blocks, size, BLOCK=tables.block)
        drawn = (logits, logits.stride(0), memory.parts, memory.keys, memory.sums, ints, draws, figures, others)
        sizes = {"PARTS": tables.parts, "BLOCK": tables.block}
        tables.launch(self._kernels.finish, (count,), *drawn, blocks, size, **sizes)

    def _reviewed(self, told: NDArray[np.int32], rows: GuardRows, events: bool) -> Reviewed:
        bits, floats = told[:, 1], told.view(np.float32)
        drifts, found = bits & _DRIFTS > 0, bits & _FOUND > 0
        reported = np.flatnonzero((found | drifts | (rows.point != NONE)) & events)
        ids, logprobs, drifting = candidates(told[reported], self._tables.vocabulary)
        return Reviewed(
            winners=told[:, 0].astype(np.int64),
            drifts=drifts,
            banned=bits & _BANNED > 0,
            confusion=floats[:, 2],
            mass=floats[:, 3],
            found=found,
            worst=told[:, 4].astype(np.int64),
            replacement=told[:, 5].astype(np.int64),
            reported=reported,
            candidate_ids=ids,
            candidate_logprobs=logprobs,
            candidate_drifts=drifting,
        )


def candidates(
    told: NDArray[np.int32], vocabulary: int
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]:
    """The candidates among the figures of some rows: ids, log-probabilities and whether they drift; [rows, K] each."""
    count = min(TOP, vocabulary)
    drifting = (told[:, 6, None] >> np.arange(count)) & 1 > 0
    return told[:, 8 : 8 + count].astype(np.int64), told.view(np.float32)[:, 24 : 24 + count], drifting


def _whole_rows(rows: torch.Tensor) -> torch.Tensor:
    return rows if rows.stride(-1) == 1 else rows.contiguous()
