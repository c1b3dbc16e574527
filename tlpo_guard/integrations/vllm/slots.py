"""The V2 runner's slots: what their requests ask for, on the host and on the device, and what their answers hold so far."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from tlpo_guard.brought import Brought
from tlpo_guard.generation.masking import MaskReport
from tlpo_guard.guard.copy_edges import CopyEdges, CopyWalk
from tlpo_guard.guard.course import possible_policies
from tlpo_guard.guard.detector import ScriptRules
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.late import decide_late
from tlpo_guard.integrations.vllm.answer import Answer
from tlpo_guard.integrations.vllm.logged import EngineLog
from tlpo_guard.integrations.vllm.requests import GuardedRequest
from tlpo_guard.integrations.vllm.slot_copies import SlotCopies
from tlpo_guard.integrations.vllm.slot_table import SlotTable
from tlpo_guard.integrations.vllm.taken import TakenStep
from tlpo_guard.policy import Mode
from tlpo_guard.transfer import to_device

__all__ = ["Slots"]


class Slots:
    """Slots are filled anew whenever a request enters the batch, so nothing of an old one stays."""

    def __init__(self, guard: Guard, log: EngineLog | None, held: Any, drafts: int) -> None:
        self._guard, self._log, self._held = guard, log, held
        self._answers: list[Answer | None] = [None] * held.max_num_reqs
        self._rules: list[ScriptRules | None] = [None] * held.max_num_reqs
        self._begun: list[int] = []
        self._stale = False  # rules have changed that the table does not have yet
        self.table = SlotTable(held.max_num_reqs, held.vocab_size, held.device)
        self.copies = SlotCopies(held.max_num_reqs, held.device, drafts)
        self.terms: torch.Tensor | None = None

    @property
    def requests(self) -> tuple[Answer | None, ...]:
        """What each slot holds now."""
        return tuple(self._answers)

    @property
    def watched(self) -> int:
        """Slots whose last request is watched."""
        return sum(answer is not None for answer in self._answers)

    def fill(self, index: int, request: GuardedRequest | None) -> None:
        """Put a request into a slot."""
        answer = self._answers[index] = None if request is None else Answer.entering(request, self._held, index)
        rules = None
        if request is not None:
            rules = self._guard.detector.rules(possible_policies(request.policy)[0])
            how, policy = request.sampling(penalized_later=False), request.policy
            size = self._held.vocab_size
            told = {
                "acts": policy.mode is Mode.MASK,
                "event_mass": policy.event_mass,
                "scale": 1.0 / how.temperature if how.temperature > 0 else 0.0,
                "temperature": how.temperature if how.temperature > 0 else 1.0,
                "top_p": how.cuts.top_p,
                "min_p": how.cuts.min_p,
                "top_k": min(how.cuts.top_k, size) or size,
                "cuts": bool(how.cuts),
                "paused": False,
                "marks": not policy.reasoning,
            }
            self.table.write(index, told)
            self._begun.append(index)
        self._hold(index, rules)
        walk = None if answer is None or rules is None else self._walk(answer, rules)
        self.copies.fill(index, walk, int(self._held.prefill_len.np[index]) - 1)

    def _walk(self, answer: Answer, rules: ScriptRules) -> CopyWalk | None:
        """Where an answer stands in what its conversation brought, as far as that is known without waiting."""
        request = answer.request
        if request.policy.mode is not Mode.MASK or not (answer.known or request.arguments.brought):
            return None
        state = answer.opened(self._guard) if answer.known else None
        edges = CopyEdges.of(Brought(request.arguments.brought or ()) if state is None else state.brought, rules)
        if edges is None:
            return None
        walk = CopyWalk(edges, () if state is None else state.begun)
        for token_id in [] if state is None else state.output_ids:
            walk.follow(token_id)
        return walk

    def _hold(self, index: int, rules: ScriptRules | None) -> None:
        self._rules[index] = rules
        foreign = self._guard.terms_under(rules)
        self.table.write(index, {"latin_foreign": foreign is not None})
        if foreign is not None and self.terms is None:
            self.terms = to_device(foreign.tokens, self._held.device)
        self._stale = True

    def upload(self) -> None:
        """Tell the device what has changed, and have the prompts of new requests copied."""
        for index in self._begun:
            if (answer := self._answers[index]) is not None and not answer.known:
                answer.begin(self._held, index)
        self._begun.clear()
        if self._stale:
            self._stale = False
            self.table.write_rules(self._guard.bank.slots(self._rules))
        self.table.upload()
        self.copies.upload()

    def settle(self, report: MaskReport, step: TakenStep) -> None:
        """Take in a step whose tokens are known."""
        slots, positions, taken, real = step.rows()
        acts = np.array(
            [(a := step.answers[s]) is not None and a.request.policy.mode is Mode.MASK for s in slots.tolist()]
        )
        sights = dict(report.sights(taken, acts))
        for row in np.flatnonzero(real).tolist():
            index = int(slots[row])
            if (answer := step.answers[index]) is None:
                continue
            state = answer.opened(self._guard)
            if len(state.output_ids) != positions[row]:
                continue
            if (sight := sights.get(row)) is not None and state.watched:
                constrained = answer.request.params.structured_outputs is not None
                self._record(answer, decide_late(self._guard, state, replace(sight, constrained=constrained)).draft)
            self._guard.advance(state, int(taken[row]))
            self._follow(index, answer)

    def _record(self, answer: Answer, draft: Any) -> None:
        if draft is not None and self._log is not None and answer.state is not None:
            self._log.record(answer.request, draft, answer.prompt_ids, answer.state.output_ids)

    def _follow(self, index: int, answer: Answer) -> None:
        """What an answer's text has changed for its slot."""
        state = answer.state
        if state is None or self._answers[index] is not answer:
            return
        self.table.write(index, {"paused": state.paused})
        if state.rules is not self._rules[index]:
            self._hold(index, state.rules)
