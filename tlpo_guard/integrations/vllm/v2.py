"""The guard under vLLM's V2 model runner, which never waits for the device.

A row's pending character is folded from its last tokens, which the runner keeps on the device: preemption, chunks, rejected
drafts and reordered rows need no bookkeeping. What was seen in a step is completed before the next one with the tokens that were
taken.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from tlpo_guard.generation.masking import MaskReport, RowMasker, RowPolicies
from tlpo_guard.generation.support import cut_proof
from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.guard import Guard
from tlpo_guard.integrations.vllm.logged import EngineLog
from tlpo_guard.integrations.vllm.recent import RecentMarks, RecentRows
from tlpo_guard.integrations.vllm.requests import GuardedRequest
from tlpo_guard.integrations.vllm.slots import Slots
from tlpo_guard.integrations.vllm.taken import TakenStep
from tlpo_guard.policy import GuardPolicy

__all__ = ["V2Guard"]

Cut = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]

_UNSETTLED = 2  # steps whose copies are given time to arrive


class V2Guard:
    """Masks the batches of one engine.

    Args:
        default: what holds for a request that says nothing.
        log: None where another process writes the events.
        held: vLLM's `LogitsProcRequestState`.
        cut: vLLM's own top-k and top-p, of logits by their temperature: (logits, k, p), which it may change.
        drafts: tokens at most that a step takes beside one.
    """

    def __init__(
        self, guard: Guard, default: GuardPolicy, log: EngineLog | None, held: Any, cut: Cut, drafts: int = 0
    ) -> None:
        self._default, self._held, self._cut = default, held, cut
        self._masker = RowMasker(guard, held.device)
        self._slots = Slots(guard, log, held, drafts)
        self._marks = RecentMarks(guard, held.device)
        self._seen: list[tuple[MaskReport, RecentRows]] = []  # in this step, whose rows may come in several parts
        self._steps: deque[tuple[MaskReport, TakenStep]] = deque()

    @property
    def rows(self) -> int:
        """Slots whose last request is watched."""
        return self._slots.watched

    def add_request(self, index: int, params: Any) -> bool:
        """Fill a slot; the tokens of whoever had it before are noted first."""
        self._note_taken()
        request = GuardedRequest.of(params, self._default)
        self._slots.fill(index, request)
        return request is not None

    def apply_staged_writes(self) -> None:
        """Before each step: what the last one took, and what slots hold now."""
        self._note_taken()
        self._settle_but(_UNSETTLED)
        self._slots.upload()

    def settle(self) -> None:
        """Take in all that is known, between two steps."""
        self._note_taken()
        self._settle_but(0)

    def apply(self, logits: torch.Tensor, ctx: Any) -> torch.Tensor:
        """Rows without their drifting tokens; float32 [rows, vocabulary]."""
        if not self._slots.table.any_watched(ctx.idx_mapping_np):
            return logits
        rows = RecentRows.of(self._held, ctx, self._masker.masks)
        paused = self._marks.paused(
            rows.tokens, self._slots.table.paused(rows.slots), self._slots.table.marks(rows.slots)
        )
        policies = self._slots.table.policies(rows.slots, paused)
        open_ids = self._open(ctx, rows, logits.shape[-1])
        out, report = self._masked(logits, policies, rows, open_ids)
        if self._slots.table.any_cut(ctx.idx_mapping_np):
            out, report = self._inside(logits, out, report, policies, rows, open_ids)
        self._seen.append((report, rows))
        return out

    def _open(self, ctx: Any, rows: RecentRows, size: int) -> torch.Tensor | None:
        """What may stand though it is kept out elsewhere: bool [rows, vocabulary], or None where there is nothing."""
        copies = self._slots.copies.open(self._held, ctx, rows, size)
        if (terms := self._slots.terms) is None:
            return copies
        latin = self._slots.table.latin_foreign(rows.slots) & (rows.states == BORDER)
        here = terms & latin.unsqueeze(1)
        return here if copies is None else here | copies

    def _masked(
        self, logits: torch.Tensor, policies: RowPolicies, rows: RecentRows, open_ids: torch.Tensor | None
    ) -> tuple[torch.Tensor, MaskReport]:
        out, report = self._masker.mask(logits, policies, rows.states)
        return out if open_ids is None else torch.where(open_ids, logits, out), report

    def _inside(
        self,
        logits: torch.Tensor,
        masked: torch.Tensor,
        seen: MaskReport,
        policies: RowPolicies,
        rows: RecentRows,
        open_ids: torch.Tensor | None,
    ) -> tuple[torch.Tensor, MaskReport]:
        """The same, but that rows with cuts are masked inside what they are sampled from."""
        sampling = self._slots.table.sampling(rows.slots)
        scaled = logits / sampling.temperature.unsqueeze(-1)
        low = scaled.amax(dim=-1, keepdim=True) + sampling.min_p.log().unsqueeze(-1)
        cut = self._cut(torch.where(scaled >= low, scaled, -torch.inf), sampling.top_k, sampling.top_p)
        inside = torch.where(torch.isfinite(cut) | ~sampling.cuts.unsqueeze(-1), logits, -torch.inf)
        out, report = self._masked(inside, policies, rows, open_ids)
        allowed = ~self._masker.masks.blocked(policies.slots, rows.states)
        left = torch.isfinite(out)
        held = cut_proof(logits, left, allowed, sampling.temperature, sampling.top_p)
        changed = (out != inside).any(dim=-1, keepdim=True)
        may_stand = allowed if open_ids is None else allowed | open_ids
        some = (left & may_stand).any(dim=-1, keepdim=True)
        cut_rows = torch.where(some, torch.where(changed, held, logits), masked)
        return torch.where(sampling.cuts.unsqueeze(-1), cut_rows, masked), replace(report, raw=seen)

    def _note_taken(self) -> None:
        """Have the last step's tokens copied, before their slots are written over; nobody waits for it."""
        for report, rows in self._seen:
            self._steps.append((report, TakenStep.of(self._held, rows.slots, rows.positions, self._slots.requests)))
        self._seen.clear()

    def _settle_but(self, count: int) -> None:
        while len(self._steps) > count:
            self._slots.settle(*self._steps.popleft())
