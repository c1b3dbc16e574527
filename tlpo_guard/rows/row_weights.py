"""How much of a row drifts, by no more passes over it than are needed to know. Nobody asks here which token may stand."""

import math

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.host_masks import HostMasks
from tlpo_guard.rows.row_here import RowHere
from tlpo_guard.rows.tempering import Tempering, parts

__all__ = ["RowWeights"]

Row = NDArray[np.float32]

_EDGE = 1e-3  # by how much more may be sampled from, as an engine's sums are rounded in another way
_NEGLIGIBLE = -10.0  # nats below the best token, where many tokens lie
_FEW = 2048  # tokens that are quickly sorted
_TINY = 1e-30


class RowWeights:
    """Over rows of one vocabulary.

    Args:
        spare: memory that is used again and again; float32 [vocabulary].
    """

    def __init__(self, masks: HostMasks, spare: Row) -> None:
        self._masks, self._spare = masks, spare

    def holds_less(self, here: RowHere, least: float) -> bool:
        """Whether the blocked tokens surely are sampled with less than a probability: they are against the best token alone.

        A temperature below 1 makes all others less probable against it, so that the logits need not be multiplied by it.
        """
        tempering = Tempering.of(here.top, max(here.how.temperature, 1.0))
        return self._drifting(here, tempering) < least * tempering.share(here.top)

    def _drifting(self, here: RowHere, tempering: Tempering) -> float:
        """The shares of all blocked tokens together; nobody asks here which of them may stand."""
        blocked, drifting = self._masks.blocked(here.rules), 0.0
        for part in parts(len(here.row)):
            drifting += float(self._shares(here, tempering, part) @ blocked[part])
        return drifting + self._continuing_drifting(here, tempering)

    def weigh(self, here: RowHere, tempering: Tempering) -> tuple[float, float]:
        """The shares of all tokens together, and those of the blocked ones."""
        blocked, total, drifting = self._masks.blocked(here.rules), 0.0, 0.0
        for part in parts(len(here.row)):
            shares = self._shares(here, tempering, part)
            total += float(shares.sum())
            drifting += float(shares @ blocked[part])
        return total, drifting + self._continuing_drifting(here, tempering)

    def _shares(self, here: RowHere, tempering: Tempering, part: slice) -> Row:
        """Of a part of a row, in the memory of the part before it."""
        return tempering.shares(here.row[part], self._spare[: part.stop - part.start])

    def _continuing_drifting(self, here: RowHere, tempering: Tempering) -> float:
        return 0.0 if here.pending == BORDER else float(self._continuing_shares(here, tempering).sum())

    def _continuing_shares(self, here: RowHere, tempering: Tempering) -> Row:
        """Of the tokens that only the letter begun before them makes blocked; float32 [continuing]."""
        shares = tempering.shares(here.row[here.continuing])
        return np.multiply(shares, self._masks.continued(here.rules, here.pending), out=shares)

    def drifting_shares(self, here: RowHere, tempering: Tempering) -> Row:
        """Of each token, 0 for what is not blocked; float32 [vocabulary], until the next call of anything here."""
        drifting = tempering.shares(here.row, self._spare)
        drifting *= self._masks.blocked(here.rules)
        if here.pending != BORDER:
            drifting[here.continuing] += self._continuing_shares(here, tempering)
        return drifting

    def is_outside(self, here: RowHere) -> bool:
        """Whether no blocked token may be inside what an engine samples from, however it rounds."""
        cuts, tempering = here.how.cuts, Tempering.of(here.top, here.how.temperature)
        if cuts.top_k or cuts.min_p:
            most = self._most(here)
            if most == -np.inf or (most - here.top) * tempering.scale < math.log(cuts.min_p * (1 - _EDGE) + _TINY):
                return True
            if 0 < cuts.top_k <= np.count_nonzero(here.row > most + _EDGE / tempering.scale):
                return True
        return cuts.top_p < 1.0 and self._nucleus_is_clean(here, tempering)

    def _nucleus_is_clean(self, here: RowHere, tempering: Tempering) -> bool:
        """Whether top-p leaves no blocked token; False, too, where that takes more than a look at a few tokens."""
        ids = np.flatnonzero(here.row > here.top + _NEGLIGIBLE / tempering.scale)
        if len(ids) > _FEW:
            return False
        total = sum(float(self._shares(here, tempering, part).sum()) for part in parts(len(here.row)))
        shares = tempering.shares(here.row[ids])
        falling = np.sort(shares)[::-1]
        count = np.searchsorted(np.cumsum(falling, dtype=np.float64), (here.how.cuts.top_p + _EDGE) * total)
        if count == len(ids):
            return False
        return not self._masks.barred(here.rules, here.pending)[ids[shares >= falling[count]]].any()

    def _most(self, here: RowHere) -> float:
        """The highest logit of a blocked token."""
        others = self._masks.others(here.rules)
        most = float(np.add(here.row, others, out=self._spare).max())
        if here.pending != BORDER:
            continued = here.row[here.continuing[self._masks.continued(here.rules, here.pending) > 0]]
            most = max(most, float(continued.max(initial=-np.inf)))
        return most
