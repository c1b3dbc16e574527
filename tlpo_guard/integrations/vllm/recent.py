"""The last tokens of a batch's answers under the V2 runner, and what follows from them; all on the device."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from tlpo_guard.guard.device_masks import DeviceMasks
from tlpo_guard.guard.guard import Guard
from tlpo_guard.transfer import to_device

__all__ = ["RecentMarks", "RecentRows"]

_FOLDED = 4  # tokens, the longest that a pending character goes back


@dataclass(frozen=True, slots=True)
class RecentRows:
    """The rows of a step, on the device.

    Attributes:
        slots: of their requests; int64 [rows].
        positions: of their last tokens; int64 [rows].
        tokens: the last ones of their answers, -1 before the first; int64 [rows, 4].
        states: the incomplete characters that these end with; int64 [rows].
    """

    slots: torch.Tensor
    positions: torch.Tensor
    tokens: torch.Tensor
    states: torch.Tensor

    @classmethod
    def of(cls, held: Any, ctx: Any, masks: DeviceMasks) -> "RecentRows":
        """The rows of vLLM's `LogitsContext`; the drafts among their tokens are only there.

        Args:
            held: vLLM's `LogitsProcRequestState`.
        """
        slots, positions = ctx.expanded_idx_mapping.long(), ctx.pos.long()
        local, row = ctx.expanded_local_pos.long(), torch.arange(len(slots), device=slots.device)
        start, columns = held.prompt_len.gpu[slots], []
        for back in reversed(range(_FOLDED)):
            at = positions - back
            committed = held.all_token_ids.gpu[slots, at.clamp(min=0)].long()
            drafted = ctx.input_ids[(row - back).clamp(min=0)].long()
            columns.append(torch.where(at >= start, torch.where(local >= back, drafted, committed), -1))
        tokens = torch.stack(columns, dim=1)
        return cls(slots, positions, tokens, masks.fold(tokens))


class RecentMarks:
    """Single tokens that open or close the reasoning."""

    def __init__(self, guard: Guard, device: torch.device) -> None:
        marks = guard.marks.single_tokens
        self._ids = to_device(np.array(list(marks), dtype=np.int64), device)
        self._opens = to_device(np.array(list(marks.values()), dtype=np.bool_), device)

    def paused(self, tokens: torch.Tensor, before: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
        """Whether each row is inside reasoning behind its last tokens; bool [rows].

        Args:
            tokens: int64 [rows, tokens].
            before: whether it was, some tokens ago; bool [rows].
            counts: whether marks mean anything in it; bool [rows].
        """
        if not len(self._ids):
            return before
        marks = tokens.unsqueeze(-1) == self._ids
        places = torch.arange(1, tokens.shape[1] + 1, device=tokens.device).unsqueeze(-1)
        best = torch.where(marks, places, 0).amax(dim=1).max(dim=1)
        return torch.where((best.values > 0) & counts, self._opens[best.indices], before)
