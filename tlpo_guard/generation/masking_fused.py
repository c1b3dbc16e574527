"""The mask-only path by fused kernels: the figures of `RowMasker`, by four launches and one copy that nobody waits for."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.generation.review_fused import candidates
from tlpo_guard.guard.device_masks import DeviceMasks
from tlpo_guard.guard.fused import FIGURES, FusedTables, kernels
from tlpo_guard.transfer import LateCopy

__all__ = ["FusedFigures", "FusedMasker"]


class FusedFigures:
    """What the kernels told of a step, on its way to the host."""

    def __init__(self, figures: torch.Tensor, vocabulary: int) -> None:
        self._copy = LateCopy([figures])
        self._vocabulary = vocabulary

    def arrays(self) -> list[NDArray[Any]]:
        """Found, usable, mass, worst, and the candidates' ids, log-probabilities and verdicts; waits until it is there."""
        (told,) = self._copy.arrays()
        ids, logprobs, drifting = candidates(told, self._vocabulary)
        return [told[:, 0] > 0, told[:, 1] > 0, told.view(np.float32)[:, 3], told[:, 4], ids, logprobs, drifting]


class FusedMasker:
    """Masks batches on a GPU.

    Args:
        masks: of the guard's bank, on that GPU.
        tables: made from them; None makes them.
    """

    def __init__(self, masks: DeviceMasks, tables: FusedTables | None = None) -> None:
        self._tables = tables or FusedTables(masks)
        self._kernels = kernels("masking")

    def __call__(
        self,
        logits: torch.Tensor,
        out: torch.Tensor,
        slots: torch.Tensor,
        acts: torch.Tensor,
        event_mass: torch.Tensor,
        scale: torch.Tensor,
        states: torch.Tensor,
    ) -> FusedFigures:
        """Write the masked rows to `out`, which may be `logits` themselves; see `RowPolicies` for the others.

        Args:
            logits: float32 [rows, vocabulary], rows contiguous; so is `out`.
            states: the incomplete characters that the answers end with; int64 [rows].
        """
        tables = self._tables
        tables.refresh()
        count, blocks, size = len(logits), tables.blocks, tables.vocabulary
        memory = tables.workspace(count)
        figures = torch.empty(count, FIGURES, dtype=torch.int32, device=logits.device)
        row = (logits, logits.stride(0))
        whole = (count, blocks)
        look = (*row, memory.parts, slots, states, scale, blocks, size)
        tables.launch(self._kernels.look_at_logits, whole, *look, BLOCK=tables.block)
        judged = (memory.parts, slots, acts, event_mass, scale, figures, blocks)
        self._kernels.judge_logits[(count,)](*judged, PARTS=tables.parts)
        write = (*row, out, out.stride(0), memory.keys, memory.sums, slots, states, figures, blocks, size)
        in_place = out.data_ptr() == logits.data_ptr()
        tables.launch(self._kernels.write_rows, whole, *write, IN_PLACE=in_place, BLOCK=tables.block)
        finish = (memory.keys, memory.sums, slots, states, figures, blocks)
        tables.launch(self._kernels.finish_candidates, (count,), *finish, PARTS=tables.parts)
        return FusedFigures(figures, size)
