"""The V2 runner's slots: what their requests ask for, on the host and on the device, and what their answers hold so far."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.generation.masking import MaskReport, RowPolicies
from tlpo_guard.guard.course import possible_policies
from tlpo_guard.guard.detector import ScriptRules
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.late import decide_late
from tlpo_guard.integrations.vllm.answer import Answer
from tlpo_guard.integrations.vllm.logged import EngineLog
from tlpo_guard.integrations.vllm.requests import GuardedRequest
from tlpo_guard.integrations.vllm.taken import TakenStep
from tlpo_guard.policy import Mode
from tlpo_guard.transfer import to_device

__all__ = ["SlotSampling", "Slots"]

_TYPES: dict[str, type] = {
    "rules": np.int64,
    "acts": np.bool_,
    "event_mass": np.float32,
    "scale": np.float32,
    "temperature": np.float32,
    "top_p": np.float32,
    "min_p": np.float32,
    "top_k": np.int32,
    "cuts": np.bool_,
    "paused": np.bool_,
    "marks": np.bool_,
    "latin_foreign": np.bool_,
}


@dataclass(frozen=True, slots=True)
class SlotSampling:
    """How some rows are sampled; tensors [rows]. A greedy row has a temperature of 1, and a row without top-k all tokens."""

    temperature: torch.Tensor
    top_p: torch.Tensor
    top_k: torch.Tensor
    min_p: torch.Tensor
    cuts: torch.Tensor


class Slots:
    """Slots are filled anew whenever a request enters the batch, so nothing of an old one stays."""

    def __init__(self, guard: Guard, log: EngineLog | None, held: Any) -> None:
        self._guard, self._log, self._held = guard, log, held
        self._answers: list[Answer | None] = [None] * held.max_num_reqs
        self._rules: list[ScriptRules | None] = [None] * held.max_num_reqs
        self._begun: list[int] = []
        self._dirty = False
        self._host: dict[str, NDArray[Any]] = {n: np.zeros(held.max_num_reqs, t) for n, t in _TYPES.items()}
        self._host["temperature"][:] = self._host["top_p"][:] = 1.0
        self._host["top_k"][:] = held.vocab_size
        self._device = {name: to_device(array.copy(), held.device) for name, array in self._host.items()}
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
        self._answers[index] = None if request is None else Answer(request)
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
                "top_p": how.top_p,
                "min_p": how.min_p,
                "top_k": min(how.top_k, size) or size,
                "cuts": how.cuts,
                "paused": False,
                "marks": not policy.reasoning,
            }
            for name, value in told.items():
                self._host[name][index] = value
            self._begun.append(index)
        self._hold(index, rules)

    def _hold(self, index: int, rules: ScriptRules | None) -> None:
        self._rules[index] = rules
        foreign = self._guard.terms_under(rules)
        self._host["latin_foreign"][index] = foreign is not None
        if foreign is not None and self.terms is None:
            self.terms = to_device(foreign.tokens, self._held.device)
        self._dirty = True

    def upload(self) -> None:
        """Tell the device what has changed, and have the prompts of new requests copied."""
        for index in self._begun:
            if (answer := self._answers[index]) is not None and answer.state is None:
                answer.begin(self._held, index)
        self._begun.clear()
        if self._dirty:
            self._dirty = False
            self._host["rules"] = self._guard.bank.slots(self._rules)
            self._device = {name: to_device(array.copy(), self._held.device) for name, array in self._host.items()}

    def any_watched(self, indices: NDArray[np.integer[Any]]) -> bool:
        """Whether the guard has anything to do in a batch."""
        return bool(self._host["rules"][indices].any())

    def any_cut(self, indices: NDArray[np.integer[Any]]) -> bool:
        """Whether a watched row samples from a part of the vocabulary."""
        return bool((self._host["cuts"][indices] & (self._host["rules"][indices] > 0)).any())

    def policies(self, slots: torch.Tensor, paused: torch.Tensor) -> RowPolicies:
        """What some rows are held to; int64 [rows] and bool [rows]."""
        held = self._device
        rules = torch.where(paused, 0, held["rules"][slots])
        return RowPolicies(rules, held["acts"][slots], held["event_mass"][slots], held["scale"][slots])

    def sampling(self, slots: torch.Tensor) -> SlotSampling:
        """How some rows are sampled."""
        return SlotSampling(*(self._device[n][slots] for n in ("temperature", "top_p", "top_k", "min_p", "cuts")))

    def paused(self, slots: torch.Tensor) -> torch.Tensor:
        """Whether rows are inside reasoning, as far as the host knows; bool [rows]."""
        return self._device["paused"][slots]

    def marks(self, slots: torch.Tensor) -> torch.Tensor:
        """Whether marks of reasoning count in some rows; bool [rows]."""
        return self._device["marks"][slots]

    def latin_foreign(self, slots: torch.Tensor) -> torch.Tensor:
        """Whether Latin letters are foreign to rows, so that only names in them may stand; bool [rows]."""
        return self._device["latin_foreign"][slots]

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
        if state.paused != self._host["paused"][index]:
            self._host["paused"][index] = state.paused
            self._dirty = True
        if state.rules is not self._rules[index]:
            self._hold(index, state.rules)
