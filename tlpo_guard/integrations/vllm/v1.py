"""The guard under vLLM's V1 model runner.

Of a row nothing is kept but what follows from its own ids, so that whatever vLLM does with it needs no bookkeeping: a row that is
added anew, as after preemption, is read anew. vLLM tells what was sampled when the next step begins; a row whose sample it throws
away, in the middle of a prompt, comes again at the same position.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from tlpo_guard.guard.copy_edges import CopyEdges, CopyWalk
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.late import SeenPoint, decide_late
from tlpo_guard.guard.state import SequenceState
from tlpo_guard.integrations.vllm.logged import EngineLog
from tlpo_guard.integrations.vllm.requests import GuardedRequest
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rows.host_masker import HostMasker, OwnSampling, Row

__all__ = ["V1Guard"]

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Answer:
    """The answer of a row of the batch.

    Attributes:
        output_ids: vLLM's own list, which grows; -1 stands for a token that it does not know yet.
        copies: where the answer stands in what the conversation brought.
        seen: the confusion point at the answer's end, whose token is not known yet.
    """

    request: GuardedRequest
    how: OwnSampling
    prompt_ids: Sequence[int]
    output_ids: Sequence[int]
    state: SequenceState
    copies: CopyWalk | None
    seen: SeenPoint | None = None

    @property
    def known(self) -> bool:
        """Whether all tokens of the answer have been told."""
        return len(self.state.output_ids) == len(self.output_ids)


class V1Guard:
    """Masks the batches of one engine.

    Args:
        default: what holds for a request that says nothing.
        log: None where another process writes the events.

    Attributes:
        faults: rows that passed unguarded, since the guard itself failed.
    """

    def __init__(self, guard: Guard, default: GuardPolicy, log: EngineLog | None) -> None:
        self.faults = 0
        self._guard, self._default, self._log = guard, default, log
        self._masker = HostMasker(guard)
        self._rows: dict[int, _Answer] = {}

    @property
    def rows(self) -> int:
        """Rows that are watched."""
        return len(self._rows)

    def update_state(self, update: Any | None) -> None:
        """Take in a `BatchUpdate`: what was removed, then what was added, then what has moved."""
        self.settle()
        if update is None:
            return
        for index in update.removed:
            self._rows.pop(index, None)
        for index, params, prompt_ids, output_ids in update.added:
            self._rows.pop(index, None)
            if (row := self._opened(params, prompt_ids or [], output_ids)) is not None:
                self._rows[index] = row
        for source, target, direction in update.moved:
            moved, replaced = self._rows.pop(source, None), self._rows.pop(target, None)
            if moved is not None:
                self._rows[target] = moved
            if replaced is not None and direction.name == "SWAP":
                self._rows[source] = replaced

    def _opened(self, params: Any, prompt_ids: list[int], output_ids: Sequence[int]) -> _Answer | None:
        request = GuardedRequest.of(params, self._default)
        if request is None:
            return None
        vocabulary = self._guard.detector.vocabulary
        brought, begun = request.brought(prompt_ids, vocabulary), request.begun(prompt_ids, vocabulary)
        state = self._guard.open(request.policy, prompt_ids, brought, begun)
        edges = CopyEdges.of(brought, state.rules) if brought and state.rules is not None else None
        copies = None if edges is None else CopyWalk(edges, begun)
        row = _Answer(request, request.sampling(penalized_later=True), prompt_ids, output_ids, state, copies)
        self._follow(row)
        return row

    def settle(self) -> None:
        """Take in the tokens that are known by now."""
        for row in self._rows.values():
            if not row.known:
                self._follow(row)

    def _follow(self, row: _Answer) -> None:
        for token_id in row.output_ids[len(row.state.output_ids) :]:
            if token_id < 0:
                return
            if row.seen is not None:
                self._record(row, row.seen, token_id)
                row.seen = None
            if row.copies is not None:
                row.copies.follow(token_id)
            self._guard.advance(row.state, token_id)

    def _record(self, row: _Answer, seen: SeenPoint, taken: int) -> None:
        sight = seen.sight(taken, acts=row.state.acts)
        draft = decide_late(self._guard, row.state, sight).draft
        if draft is not None and self._log is not None:
            self._log.record(row.request, draft, row.prompt_ids, row.state.output_ids)

    def apply(self, logits: torch.Tensor) -> torch.Tensor:
        """Rows without their drifting tokens, changed in place; float32 [rows, vocabulary]."""
        if not self._rows:
            return logits
        self.settle()
        host = logits.cpu()
        rows = host.numpy()
        for index, row in self._rows.items():
            if index < len(rows):
                seen = self._masked(rows[index], row)
                if row.known:  # else nobody knows of which position it is
                    row.seen = seen
        return logits if host is logits else logits.copy_(host)

    def _masked(self, logits: Row, row: _Answer) -> SeenPoint | None:
        try:
            return self._masker.mask(logits, row.state, row.how, row.copies)
        except Exception:
            self.faults += 1
            logger.exception("the guard failed, and a row passes as it is")
            return None
