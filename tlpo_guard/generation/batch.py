"""How the rows of a batch sample, as host arrays; made anew only where the batch changes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.generation.distribution import RowSampling
from tlpo_guard.generation.sequence import SampledSequence

__all__ = ["Batch"]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """The rows of a step.

    Attributes:
        rows: the sequences, in the order of the logits.
        sampling: of the rows.
        greedy: bool [rows].
        shaped: the rows that bring a bias, penalties or a form.
        constrained: bool [rows].
        logprobs: the rows that want log-probabilities; int64 [wanting].
        most_logprobs: how many at most.
    """

    rows: tuple[SampledSequence, ...]
    sampling: RowSampling
    greedy: NDArray[np.bool_]
    shaped: tuple[int, ...]
    constrained: NDArray[np.bool_]
    logprobs: NDArray[np.int64]
    most_logprobs: int

    @classmethod
    def of(cls, rows: Sequence[SampledSequence]) -> "Batch":
        """The batch of some sequences."""
        params = [row.params for row in rows]
        greedy = np.array([p.greedy for p in params], dtype=np.bool_)
        temperature = np.array([1.0 if p.greedy else p.temperature for p in params], dtype=np.float32)
        sampling = RowSampling(
            temperature=temperature,
            top_p=np.array([p.top_p for p in params], dtype=np.float64),
            top_k=np.array([p.top_k or 0 for p in params], dtype=np.int64),
            min_p=np.array([p.min_p for p in params], dtype=np.float64),
        )
        wanted = [row.top_logprobs for row in rows]
        return cls(
            rows=tuple(rows),
            sampling=sampling,
            greedy=greedy,
            shaped=tuple(i for i, row in enumerate(rows) if row.offsets is not None or row.constraint is not None),
            constrained=np.array([row.constraint is not None for row in rows], dtype=np.bool_),
            logprobs=np.array([i for i, count in enumerate(wanted) if count is not None], dtype=np.int64),
            most_logprobs=max((count for count in wanted if count is not None), default=0),
        )
