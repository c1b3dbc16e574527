"""A row at its place in an answer, and how its engine samples it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.guard.copy_edges import CopyWalk
from tlpo_guard.guard.detector import ScriptRules
from tlpo_guard.guard.state import SequenceState
from tlpo_guard.rows.cuts import NO_CUTS, Cuts

__all__ = ["OwnSampling", "RowHere"]


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
class RowHere:
    """A row at its place in an answer.

    Attributes:
        best: its most probable token.
        top: that one's logit.
    """

    row: NDArray[np.float32]
    best: int
    top: float
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

    @property
    def continuing(self) -> NDArray[np.int64]:
        return self.rules.tables.continuing
