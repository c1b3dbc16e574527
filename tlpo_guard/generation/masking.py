"""The guard for an engine that samples by itself: rows with their drifting tokens taken out, and events one step late.

Nothing here waits for the device. Which token was really taken is known when the next step begins, and only then is an event
complete.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.generation.masking_fused import FusedMasker
from tlpo_guard.generation.review import top_candidates
from tlpo_guard.guard.decision import Sight
from tlpo_guard.guard.device_masks import DeviceMasks
from tlpo_guard.guard.fused import fused_device
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.late import SeenPoint
from tlpo_guard.guard.rows import NONE
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.transfer import LateCopy, to_device

__all__ = ["MaskReport", "RowMasker", "RowPolicies", "masked_rows"]


@dataclass(frozen=True, slots=True)
class RowPolicies:
    """What the rows of a batch are held to; on the device.

    Attributes:
        slots: of the rules in the bank, 0 where nothing is watched; int64 [rows].
        acts: drifting tokens are taken out, not only logged; bool [rows].
        event_mass: confusion mass that makes an event, 0 to 1; float32 [rows].
        scale: 1 / temperature, and 0 for a greedy row; float32 [rows].
    """

    slots: torch.Tensor
    acts: torch.Tensor
    event_mass: torch.Tensor
    scale: torch.Tensor

    @classmethod
    def of(
        cls, guard: Guard, policies: Sequence[GuardPolicy], temperatures: Sequence[float], device: torch.device
    ) -> "RowPolicies":
        """The policies of some rows, in their order; a temperature of 0 is greedy."""
        rules = [guard.detector.rules(policy) if policy.guards else None for policy in policies]
        acts = np.array([policy.acts for policy in policies])
        scale = np.array([1.0 / t if t > 0 else 0.0 for t in temperatures], dtype=np.float32)
        mass = np.array([policy.event_mass for policy in policies], dtype=np.float32)
        arrays: list[NDArray[Any]] = [guard.bank.slots(rules), acts, mass, scale]
        return cls(*(to_device(array, device) for array in arrays))


class _Figures(Protocol):
    def arrays(self) -> list[NDArray[Any]]:
        """Found, usable, mass and worst of each row, then its candidates' ids, log-probabilities and verdicts."""


@dataclass(frozen=True, slots=True)
class MaskReport:
    """What was seen in the rows of one step, on its way to the host.

    Attributes:
        raw: where the rows had been cut, what was seen before: the candidates are its.
    """

    _figures: _Figures
    raw: "MaskReport | None" = None

    def sights(self, taken: NDArray[np.int64], acts: NDArray[np.bool_]) -> list[tuple[int, Sight]]:
        """The confusion points of that step, complete with the tokens that were taken.

        Args:
            taken: int64 [rows].
            acts: bool [rows].
        """
        found, usable, mass, worst, *candidates_here = self._figures.arrays()
        ids, logprobs, drifting = candidates_here if self.raw is None else self.raw._figures.arrays()[4:]
        sights = []
        for row in np.flatnonzero(found).tolist():
            left = np.isfinite(logprobs[row])  # a grammar may have left fewer
            columns = (ids[row][left], logprobs[row][left], drifting[row][left])
            candidates = tuple(zip(*(column.tolist() for column in columns), strict=True))
            point = SeenPoint(int(worst[row]), bool(usable[row]), float(mass[row]), candidates)
            sights.append((row, point.sight(int(taken[row]), acts=bool(acts[row]))))
        return sights


class RowMasker:
    """Masks batches on one device."""

    def __init__(self, guard: Guard, device: torch.device) -> None:
        self.masks = DeviceMasks(guard.bank, device)
        self._fused = FusedMasker(self.masks) if fused_device(device) else None

    def mask(self, logits: torch.Tensor, rows: RowPolicies, states: torch.Tensor) -> tuple[torch.Tensor, MaskReport]:
        """The rows without their drifting tokens, where that leaves any, and what was seen in them.

        Args:
            logits: raw, float32 [rows, vocabulary]; not changed.
            states: the incomplete characters that the answers end with; int64 [rows].
        """
        if self._fused is not None:
            logits = logits.contiguous()
            out = torch.empty_like(logits)
            held = (rows.slots, rows.acts, rows.event_mass, rows.scale)
            return out, MaskReport(self._fused(logits, out, *held, states))
        self.masks.refresh()
        blocked = self.masks.blocked(rows.slots, states)
        drifting = torch.where(blocked, logits, -torch.inf)
        best, worst = drifting.max(dim=-1)
        top_drifts = (best >= logits.amax(dim=-1)) & torch.isfinite(best)
        share = torch.softmax(logits * rows.scale.unsqueeze(-1), dim=-1)
        mass = torch.where(blocked, share, 0.0).sum(dim=-1)
        mass = torch.where(rows.scale > 0, mass, top_drifts.float())
        found = top_drifts | (mass >= rows.event_mass)
        out, usable = masked_rows(logits, blocked, self.masks.breaks(states), found, rows.acts)
        ids, logprobs = top_candidates(logits)
        figures = [found, usable, mass, torch.where(blocked.any(dim=-1), worst, NONE), ids, logprobs]
        return out, MaskReport(LateCopy([*figures, blocked.gather(1, ids)]))


def masked_rows(
    logits: torch.Tensor, blocked: torch.Tensor, breaks: torch.Tensor, spare: torch.Tensor, acts: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows without their blocked tokens; a row that would have nothing left stays as it is.

    Args:
        logits: float [rows, vocabulary]; not changed.
        blocked: bool [rows, vocabulary].
        breaks: tokens that leave invalid UTF-8 behind; bool [rows, vocabulary].
        spare: rows in which these go, too, as long as that leaves anything; bool [rows].
        acts: rows that are masked at all; bool [rows].

    Returns:
        The rows, and in which of them anything admissible is left; bool [rows].
    """
    finite = torch.isfinite(logits)
    whole = ~blocked & ~breaks
    narrow = (spare & (whole & finite).any(dim=-1)).unsqueeze(-1)
    kept = torch.where(narrow, whole, ~blocked)
    usable = (kept & finite).any(dim=-1)
    return logits.masked_fill(~kept & (usable & acts).unsqueeze(-1), -torch.inf), usable
