"""What the guard sees in the rows of one step: on a CPU row by row where there is something to see, elsewhere all at once.

Both ways bring the same figures. On a CPU a look at a value is free and arithmetic is not, so a clean row costs one pass over
its probabilities. Elsewhere a look at a value waits for the device and arithmetic is cheap, so all rows are worked on, and one
copy tells the host.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.generation.distribution import RowSampling
from tlpo_guard.generation.drawn import Drawn
from tlpo_guard.guard.decision import Sight
from tlpo_guard.guard.points import NUM_CANDIDATES
from tlpo_guard.guard.rows import NONE

__all__ = ["Besides", "Request", "Reviewed", "top_candidates"]

# Of winners and replacements, int64 [rows] each: further tensors that the host wants to have.
Besides = Callable[[torch.Tensor, torch.Tensor], Sequence[torch.Tensor]]

_BLOCK = 128


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be reviewed.

    Attributes:
        raw: logits of the model; float32 [rows, vocabulary]. Events are of these.
        logits: the same as the requests shape them, which are drawn from.
        sampling: of the rows.
        drawn: what was drawn from them.
        greedy: bool [rows].
        events: whether candidates are wanted; without them a confusion point is no event.
        again: uniforms for what is drawn in place of a winner that may not stay; float64 [rows].
    """

    raw: torch.Tensor
    logits: torch.Tensor
    sampling: RowSampling
    drawn: Drawn
    greedy: NDArray[np.bool_]
    again: NDArray[np.float64]
    events: bool = True

    def only(self, row: int) -> "Request":
        """One row of it."""
        index, place = slice(row, row + 1), np.flatnonzero(self.drawn.sampled == row)
        part = slice(int(place[0]), int(place[0]) + 1) if len(place) else slice(0, 0)
        drawn = Drawn(self.drawn.winners[index], np.arange(len(place)), self.drawn.whole[part], self.drawn.own[part])
        sampling = self.sampling.at(np.array([row]))
        return Request(self.raw[index], self.logits[index], sampling, drawn, self.greedy[index], self.again[index])


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What was seen, on the host.

    Attributes:
        winners: int64 [rows].
        drifts: the winner's script drifts; bool [rows].
        banned: a repair keeps the winner out; bool [rows].
        confusion: the confusion mass of every watched row, 0 elsewhere; float32 [rows].
        mass: the same; where an answer has gone back to a point, the probability of the token that drifted there.
        found: the row is a confusion point; bool [rows].
        worst: its most probable drifting token; of no meaning where the row is none; int64 [rows].
        replacement: what is drawn in place of a winner that may not stay, `NONE` where nothing is; int64 [rows].
        reported: the rows whose candidates follow, ascending; int64 [reported].
        candidate_ids: int64 [reported, K]; behind them their raw log-probabilities and whether they drift.
    """

    winners: NDArray[np.int64]
    drifts: NDArray[np.bool_]
    banned: NDArray[np.bool_]
    confusion: NDArray[np.float32]
    mass: NDArray[np.float32]
    found: NDArray[np.bool_]
    worst: NDArray[np.int64]
    replacement: NDArray[np.int64]
    reported: NDArray[np.int64]
    candidate_ids: NDArray[np.int64]
    candidate_logprobs: NDArray[np.float32]
    candidate_drifts: NDArray[np.bool_]

    @classmethod
    def of_winners(cls, winners: NDArray[np.int64]) -> "Reviewed":
        """Rows that nothing is watched in."""
        rows = len(winners)
        no, none = np.zeros(rows, dtype=np.bool_), np.full(rows, NONE, dtype=np.int64)
        zero = np.zeros(rows, dtype=np.float32)
        empty = np.empty((0, 0))
        return cls(
            winners,
            no,
            no,
            zero,
            zero,
            no,
            none,
            none,
            none[:0],
            empty.astype(np.int64),
            empty.astype(np.float32),
            empty > 0,
        )

    def sights(self, constrained: NDArray[np.bool_]) -> Iterator[tuple[int, Sight]]:
        """The rows about which there is something to decide.

        Args:
            constrained: the answer has a form; bool [rows].
        """
        needed = self.drifts | self.banned | self.found
        needed[self.reported] = True
        place = {row: index for index, row in enumerate(self.reported.tolist())}
        for row in np.flatnonzero(needed).tolist():
            replacement = int(self.replacement[row])
            yield (
                row,
                Sight(
                    chosen=int(self.winners[row]),
                    drifts=bool(self.drifts[row]),
                    banned=bool(self.banned[row]),
                    replacement=None if replacement == NONE else replacement,
                    confusion_point=bool(self.found[row]),
                    worst=int(self.worst[row]),
                    mass=float(self.mass[row]),
                    candidates=self._candidates(place.get(row)),
                    constrained=bool(constrained[row]),
                ),
            )

    def _candidates(self, index: int | None) -> tuple[tuple[int, float, bool], ...]:
        if index is None:
            return ()
        columns = (self.candidate_ids[index], self.candidate_logprobs[index], self.candidate_drifts[index])
        return tuple(zip(*(column.tolist() for column in columns), strict=True))


def top_candidates(raw: torch.Tensor, most: int = NUM_CANDIDATES) -> tuple[torch.Tensor, torch.Tensor]:
    """The most probable tokens of each row and their log-probabilities at temperature 1, nats; int64 and float32 [rows, K].

    Of equals the first ones, whichever way a row is reviewed. The best K lie in the K blocks of the highest maxima, so that most
    of the vocabulary is read once and never sorted.

    Args:
        raw: logits; float32 [rows, vocabulary].
        most: tokens of each row (K), where the vocabulary has as many.
    """
    rows, size = raw.shape
    count = min(most, size)
    padded = torch.nn.functional.pad(raw, (0, -size % _BLOCK), value=-torch.inf).view(rows, -1, _BLOCK)
    blocks = _first_of_the_best(padded.amax(dim=-1), min(count, padded.shape[1])).sort(dim=-1).values
    within = padded.gather(1, blocks.unsqueeze(-1).expand(-1, -1, _BLOCK)).flatten(1)
    top = _first_of_the_best(within, count)
    chosen = blocks.gather(1, top // _BLOCK) * _BLOCK + top % _BLOCK
    return chosen, within.gather(1, top) - torch.logsumexp(raw, dim=-1, keepdim=True)


def _first_of_the_best(values: torch.Tensor, count: int) -> torch.Tensor:
    """Indices of the greatest values of each row, best first, and of equals the first ones; int64 [rows, count].

    What `topk` takes of equals is up to the device. So each value gets a number that no other one has: of its bits, as an integer
    of the same order, and behind them its place.
    """
    bits = (values + 0.0).view(torch.int32)  # a negative zero equals the other one
    ordered = torch.where(bits >= 0, bits, bits ^ 0x7FFFFFFF).long()
    places = torch.arange(values.shape[1], device=values.device)
    return ((ordered << 32) - places).topk(count).indices
