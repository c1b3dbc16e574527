"""The rows of one batch that grows together, as `generate` has them: masked step by step, their events one step late."""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.brought import Brought
from tlpo_guard.generation.copies import Copies
from tlpo_guard.generation.masking import MaskReport, RowMasker, RowPolicies
from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.course import possible_policies
from tlpo_guard.guard.decision import Decision
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.late import decide_late
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.transfer import LateCopy, to_device

__all__ = ["LateRows"]

_NOTHING = Brought()
_UNSETTLED = 2  # steps whose copies are given time to arrive


@dataclass(slots=True)
class _Step:
    """What was seen in one step, and what was taken, once that is known."""

    report: MaskReport
    taken: LateCopy | None = None


class LateRows:
    """Answers under one policy. The device follows their characters and the single tokens that mark reasoning; the host follows
    all marks, as text too, and some steps later.

    Args:
        prompt: token ids before the answers; int64 [rows, tokens]. They may have opened the reasoning.
        temperature: of the sampling, 0 for greedy.
        brought: what the conversation brought, which the answers may say again.
    """

    def __init__(
        self, guard: Guard, policy: GuardPolicy, prompt: torch.Tensor, temperature: float, brought: Brought = _NOTHING
    ) -> None:
        rows, device = len(prompt), prompt.device
        self._guard = guard
        self._masker = RowMasker(guard, device)
        start = possible_policies(policy)[0]
        self._held = RowPolicies.of(guard, [start] * rows, [temperature] * rows, device)
        self._states = [guard.open(policy, brought=brought) for _ in range(rows)]
        self._rules = [state.rules for state in self._states]
        first = self._rules[0] if brought and rows else None
        self._copies = None if first is None else Copies.of(brought, first, rows, device)
        terms = guard.terms_under(self._rules[0]) if rows else None
        self._terms = None if terms is None else to_device(terms.tokens, device)
        self._acts = np.array([state.acts for state in self._states])
        marks = {} if policy.reasoning else guard.marks.single_tokens
        self._mark_ids = to_device(np.array(list(marks), dtype=np.int64), device)
        self._opens = to_device(np.array(list(marks.values()), dtype=np.bool_), device)
        self._settled = 0  # tokens of the answers that the host knows
        self._prompt: LateCopy | None = LateCopy([prompt])
        self._paused_on_host = np.zeros(rows, dtype=np.bool_)
        self._paused_then = self._behind(torch.zeros(rows, dtype=torch.bool, device=device), prompt)
        self._steps: deque[_Step] = deque()
        self._events: list[tuple[int, EventDraft]] = []

    def mask(self, logits: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
        """The rows without their drifting tokens; float32 [rows, vocabulary].

        Args:
            logits: raw; float32 [rows, vocabulary].
            answers: token ids so far; int64 [rows, tokens].
        """
        if self._steps:
            self._steps[-1].taken = LateCopy([answers[:, -1]])
            if self._copies is not None:
                self._copies.follow(answers[:, -1])
        self._hold_to_rules()
        paused = self._behind(self._paused_then, answers[:, self._settled :])
        held = replace(self._held, slots=torch.where(paused, 0, self._held.slots))
        states = self._masker.masks.fold(answers)
        out, report = self._masker.mask(logits, held, states)
        if self._terms is not None:
            out = torch.where(self._terms & (states == BORDER).unsqueeze(1), logits, out)
        if self._copies is not None:
            out = torch.where(self._copies.open(out.shape[-1]), logits, out)
        self._steps.append(_Step(report))
        while len(self._steps) > _UNSETTLED:
            self._settle(self._steps.popleft())
        return out

    def events(self) -> list[tuple[int, EventDraft]]:
        """The confusion points so far, as (row, draft); that of the last step has no replacement yet."""
        while self._steps and self._steps[0].taken is not None:
            self._settle(self._steps.popleft())
        unknown = np.full(len(self._states), -1, dtype=np.int64)
        last = [self._decisions(step.report, unknown) for step in self._steps]
        drafts = [(row, d.draft) for decisions in last for row, d in decisions.items() if d.draft is not None]
        return self._events + [(row, replace(draft, replacement_id=None)) for row, draft in drafts]

    def _hold_to_rules(self) -> None:
        """What the answers' text has settled, as far as the host knows it by now."""
        rules = [state.rules for state in self._states]
        if rules != self._rules:
            self._rules = rules
            self._held = replace(self._held, slots=to_device(self._guard.bank.slots(rules), self._held.slots.device))

    def _behind(self, paused: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Whether each row is inside reasoning behind some more tokens; bool [rows] of int64 [rows, tokens]."""
        if not len(self._mark_ids) or not tokens.shape[1]:
            return paused
        marks = tokens.unsqueeze(-1) == self._mark_ids
        places = torch.arange(1, tokens.shape[1] + 1, device=tokens.device).unsqueeze(-1)
        last = torch.where(marks, places, 0).amax(dim=1)
        best = last.max(dim=1)
        return torch.where(best.values > 0, self._opens[best.indices], paused)

    def _settle(self, step: _Step) -> None:
        """Take in a step whose tokens are known."""
        assert step.taken is not None
        first = self._prompt is not None
        if self._prompt is not None:
            for state, prompt_ids in zip(self._states, self._prompt.arrays()[0], strict=True):
                self._guard.enter(state, prompt_ids)
            self._prompt = None
        (taken,) = step.taken.arrays()
        decisions = self._decisions(step.report, taken)
        for row, state in enumerate(self._states):
            decision = decisions.get(row, Decision(int(taken[row])))
            if decision.draft is not None:
                self._events.append((row, decision.draft))
            self._guard.take(state, replace(decision, token_id=int(taken[row])))
        self._settled += 1
        paused = self._host_paused()
        if first or not np.array_equal(paused, self._paused_on_host):
            self._paused_on_host = paused
            self._paused_then = to_device(paused, self._paused_then.device)

    def _host_paused(self) -> NDArray[np.bool_]:
        """Whether each row is inside reasoning behind the tokens that the host knows; bool [rows]."""
        return np.array([state.paused for state in self._states], dtype=np.bool_)

    def _decisions(self, report: MaskReport, taken: NDArray[np.int64]) -> dict[int, Decision]:
        sights = report.sights(taken, self._acts)
        return {row: decide_late(self._guard, self._states[row], sight) for row, sight in sights}
