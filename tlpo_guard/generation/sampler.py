"""One token for each row of a batch, by its own request's settings, guarded.

The winner is drawn from the untouched row first; only where it drifts does what is left of the row draw again. Nothing changes
in a row that does not drift. The host waits for the device once a step.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.generation.batch import Batch
from tlpo_guard.generation.drawn import draw
from tlpo_guard.generation.moved import by_model_alone, within_model
from tlpo_guard.generation.review import Besides, Request, Reviewed, top_candidates
from tlpo_guard.generation.review_device import DeviceReview
from tlpo_guard.generation.review_host import HostReview
from tlpo_guard.generation.sequence import Logprobs, SampledSequence, Step
from tlpo_guard.generation.shaping import NOTHING_FITS, failure, shaped_logits
from tlpo_guard.guard.decision import Decision, Sight, decide
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.rows import GuardRows
from tlpo_guard.transfer import to_device, to_host

__all__ = ["Sampler"]

logger = logging.getLogger(__name__)

Arrays = list[NDArray[Any]]


class Sampler:
    """Draws, reviews, decides and hands each sequence its step. Used from one thread.

    A fault in the guard is counted, logged and costs at most its own row's guard or event.

    Attributes:
        faults: how often the guard itself failed.
    """

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.faults = 0
        self._batch = Batch.of(())
        self._reviews: dict[torch.device, HostReview | DeviceReview] = {}

    def step(self, raw: torch.Tensor, rows: Sequence[SampledSequence]) -> torch.Tensor:
        """The next token of each row; every sequence is advanced and gets its step.

        Args:
            raw: logits of the model; float32 [rows, vocabulary], not changed.
            rows: whose they are.

        Returns:
            Token ids, int64 [rows], where the logits are.
        """
        batch = self._batch_of(rows)
        logits, fits, errors = shaped_logits(raw, batch)
        uniforms = np.array([row.draws.next() for row in rows])
        seen = self._rows_seen()
        sums_of = partial(self._sums, seen, uniforms[:, 1])
        drawn = draw(logits, batch.sampling, batch.greedy, uniforms[:, 0], sums_of)
        request = Request(raw, logits, batch.sampling, drawn, batch.greedy, uniforms[:, 1])
        besides = partial(self._besides, batch, raw, fits)
        reviewed, sights, (fitted, *logprobs) = self._review(seen, request, besides)
        decisions = [Decision(int(token_id)) for token_id in reviewed.winners]
        for row, sight in sights:
            limited = by_model_alone if rows[row].moved else within_model
            sight = limited(rows[row].state, sight)
            decisions[row], reviewed.confusion[row] = self._decided(rows[row], sight, reviewed.confusion[row])
        errors |= {row: NOTHING_FITS for row, fit in zip(batch.shaped, fitted, strict=True) if not fit}
        told = self._logprobs(batch, reviewed, decisions, logprobs)
        for row, (sequence, decision) in enumerate(zip(rows, decisions, strict=True)):
            self._finish(sequence, decision, float(reviewed.confusion[row]), told.get(row), errors.get(row))
        tokens = np.array([decision.token_id for decision in decisions], dtype=np.int64)
        return to_device(tokens, raw.device)

    def _batch_of(self, rows: Sequence[SampledSequence]) -> Batch:
        if tuple(rows) != self._batch.rows:
            self._batch = Batch.of(rows)
        return self._batch

    def _fault(self) -> None:
        self.faults += 1
        logger.exception("the guard failed; the row passes unguarded")

    def _reviewer(self, device: torch.device) -> HostReview | DeviceReview:
        if device not in self._reviews:
            bank = self.guard.bank
            self._reviews[device] = HostReview(bank) if device.type == "cpu" else DeviceReview(bank, device)
        return self._reviews[device]

    def _rows_seen(self) -> GuardRows | None:
        try:
            return GuardRows.of([row.state for row in self._batch.rows], self.guard.bank)
        except Exception:
            self._fault()
            return None

    def _sums(
        self, seen: GuardRows | None, again: NDArray[np.float64], own: torch.Tensor, sampled: NDArray[np.int64]
    ) -> torch.Tensor | None:
        if seen is None:
            return None
        try:
            return self._reviewer(own.device).begin(seen, self._batch.sampling, again, own, sampled)
        except Exception:
            self._fault()
            return None

    def _review(
        self, seen: GuardRows | None, request: Request, besides: Besides
    ) -> tuple[Reviewed, list[tuple[int, Sight]], Arrays]:
        if seen is None:
            return self._review_apart(request, besides)
        try:
            reviewed, arrays = self._reviewer(request.raw.device)(seen, request, besides)
            return reviewed, list(reviewed.sights(self._batch.constrained)), arrays
        except Exception:
            self._fault()
        return self._review_apart(request, besides)

    def _review_apart(self, request: Request, besides: Besides) -> tuple[Reviewed, list[tuple[int, Sight]], Arrays]:
        """Row by row, so that the one that makes the review fail costs the others nothing."""
        winners = request.drawn.winners
        chosen, *arrays = to_host([winners, *besides(winners, winners)])
        reviewed, sights = Reviewed.of_winners(chosen.astype(np.int64)), []
        for row in range(len(self._batch.rows)):
            for alone in (request.only(row), replace(request.only(row), events=False)):
                seen = self._review_one(row, alone)
                if seen is not None:
                    reviewed.confusion[row] = seen.confusion[0]
                    sights += [(row, sight) for _, sight in seen.sights(self._batch.constrained[row : row + 1])]
                    break
        return reviewed, sights, arrays

    def _review_one(self, row: int, alone: Request) -> Reviewed | None:
        try:
            rows = GuardRows.of([self._batch.rows[row].state], self.guard.bank)
            return self._reviewer(alone.raw.device)(rows, alone, lambda *_: ())[0]
        except Exception:
            self._fault()
            return None

    def _decided(self, sequence: SampledSequence, sight: Sight, confusion: float) -> tuple[Decision, float]:
        """What becomes of a row, and its confusion mass, which pardoned tokens have no part in."""
        state = sequence.state
        try:
            sight = self.guard.forgiven(state, sight)
            return decide(state, sight), confusion if state.at_point else sight.mass
        except Exception:
            self._fault()
            return Decision(sight.chosen), confusion

    @staticmethod
    def _besides(
        batch: Batch, raw: torch.Tensor, fits: torch.Tensor, winners: torch.Tensor, replacements: torch.Tensor
    ) -> list[torch.Tensor]:
        """What the host wants to know besides the guard's figures; see `_logprobs`."""
        if not len(batch.logprobs):
            return [fits]
        index = to_device(batch.logprobs, raw.device)
        asked = raw.index_select(0, index)
        logprobs = asked.log_softmax(dim=-1)
        taken = torch.stack([winners, replacements.clamp(min=0)], dim=1).index_select(0, index)
        best, _ = top_candidates(asked, batch.most_logprobs)
        return [fits, logprobs.gather(1, taken), best, logprobs.gather(1, best)]

    @staticmethod
    def _logprobs(
        batch: Batch, reviewed: Reviewed, decisions: Sequence[Decision], arrays: Arrays
    ) -> dict[int, Logprobs]:
        if not len(batch.logprobs):
            return {}
        taken, ids, values = arrays
        told = {}
        for place, row in enumerate(batch.logprobs.tolist()):
            count = batch.rows[row].top_logprobs or 0
            top = zip(ids[place, :count].tolist(), values[place, :count].tolist(), strict=True)
            told[row] = Logprobs(float(taken[place, int(decisions[row].replaced)]), tuple(top))
        return told

    def _finish(
        self, sequence: SampledSequence, decision: Decision, mass: float, logprobs: Logprobs | None, error: str | None
    ) -> None:
        inside = sequence.state.paused
        try:
            self.guard.take(sequence.state, decision, mass)
        except Exception:
            self._fault()
        token_id = decision.token_id
        if sequence.offsets is not None:
            sequence.offsets.advance(token_id)
        if sequence.constraint is not None and error is None:
            error = failure(partial(sequence.constraint.advance, token_id))
        sequence.begun = True
        if sequence.deliver is None:
            return
        events = () if decision.draft is None else (decision.draft,)
        paused = inside or sequence.state.paused
        replaced, stood_back, cached = decision.replaced, decision.stood_back, sequence.cached_tokens
        sequence.deliver(Step(token_id, events, logprobs, error, mass, replaced, stood_back, paused, cached))
