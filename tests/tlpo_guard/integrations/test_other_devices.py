"""Off the CPU: the same tokens and events as on it, no tensor of the wrong device, and one copy to the host a step."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from tests.tlpo_guard.answers import LANGUAGES, Run, batch, runs, same
from tests.tlpo_guard.byte_vocabulary import DETECTOR, SIZE, STEPS, TOKENS, one_hot, random_logits, word
from tests.tlpo_guard.integrations.other_device import back, moved, other_device
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.generation.late_rows import LateRows
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.guard.automaton import utf8
from tlpo_guard.guard.detector import BLOCKED
from tlpo_guard.guard.device_masks import DeviceMasks
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.points import Action
from tlpo_guard.guard.state import Repair
from tlpo_guard.policy import GuardPolicy, Mode


def play(sampler: Sampler, made: Sequence[Run], on_device: bool) -> None:
    for step in range(STEPS):
        logits = batch(step, len(made))
        tokens = sampler.step(moved(logits) if on_device else logits, [run.sequence for run in made])
        taken = back(tokens) if on_device else tokens
        assert taken.tolist() == [run.steps[-1].token_id for run in made]


def test_a_device_says_what_the_cpu_says_and_tells_the_host_once_a_step() -> None:
    guard = Guard(DETECTOR)
    here, there = runs(guard), runs(guard)
    play(Sampler(guard), here, on_device=False)
    with other_device() as mode:
        sampler = Sampler(guard)
        play(sampler, there, on_device=True)
    assert sampler.faults == 0
    assert mode.copies == STEPS
    assert mode.waits.total() == 0
    for one, other in zip(here, there, strict=True):
        for step, same_step in zip(one.steps, other.steps, strict=True):
            same(step, same_step)
    actions = {draft.action for run in there for step in run.steps for draft in step.events}
    assert actions >= {Action.OBSERVED, Action.MASKED, Action.REWOUND}


class Looks(TorchDispatchMode):
    """Counts what would hold up the host if the tensors were a device's."""

    NAMES = ("aten::_local_scalar_dense", "aten::item", "aten::nonzero", "aten::masked_select")

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        flags = [t for t in pytree.tree_leaves(args[1:2]) if isinstance(t, torch.Tensor) and t.dtype is torch.bool]
        by_flags = func._schema.name.startswith("aten::index") and bool(flags)
        to_host = func._schema.name == "aten::_to_copy" and (kwargs or {}).get("device") is not None
        self.count += func._schema.name in self.NAMES or by_flags or to_host
        return func(*args, **(kwargs or {}))


def test_on_the_cpu_a_step_looks_at_no_value_through_torch() -> None:
    guard = Guard(DETECTOR)
    sampler, made = Sampler(guard), runs(guard)
    play(sampler, made, on_device=False)
    with Looks() as looks:
        sampler.step(batch(STEPS, len(made)), [run.sequence for run in made])
        rows = LateRows(guard, GuardPolicy(languages=("ko",), allow_english=False), torch.zeros(4, 3).long(), 1.0)
        answers = torch.zeros(4, 0, dtype=torch.int64)
        for step in range(4):
            rows.mask(random_logits(step, 4), answers)
            answers = torch.cat([answers, torch.full((4, 1), word("가"))], dim=1)
    assert looks.count == 0
    assert sampler.faults == 0


def test_a_second_attempt_at_a_point_keeps_its_words_out_on_a_device() -> None:
    guard = Guard(DETECTOR)
    others = np.zeros(SIZE, dtype=np.bool_)
    others[word("한국")] = True
    state = guard.open(GuardPolicy(mode=Mode.REWIND, languages=("ko",)))
    run = Run(
        guard, guard.resume(state, Repair(0, word("hello"), others, until=2)), SamplingParams(temperature=0.0), None
    )
    with other_device():
        sampler = Sampler(guard)
        for _ in range(3):
            sampler.step(moved(one_hot(word("hello"), word("한국"), word("가"))), [run.sequence])
    assert [step.token_id for step in run.steps] == [word("가"), word("hello"), word("hello")]
    assert sampler.faults == 0


def test_a_device_s_masks_are_the_rules_own() -> None:
    guard = Guard(DETECTOR)
    policies = [GuardPolicy(languages=(tag,), allow_english=False) for tag in LANGUAGES]
    rules = [guard.detector.rules(policy) for policy in policies]
    pending = [b"", b"\xe3", b"\xea\xb0", b"\xf0\x9f\x98", b"\xd0"]
    states = torch.tensor([utf8().state_of(data) for data in pending])
    with other_device() as mode:
        masks = DeviceMasks(guard.bank, moved(states).device)
        slots = moved(torch.from_numpy(guard.bank.slots(rules)))
        masks.refresh()
        blocked, breaks = masks.blocked(slots, moved(states)), masks.breaks(moved(states))
        every = moved(torch.arange(SIZE).repeat(len(rules), 1))
        by_token = masks.token_blocked(slots, moved(states), every)
        behind = [masks.advance(moved(states), every[:, token_id]) for token_id in range(SIZE)]
    assert mode.copies == mode.waits.total() == 0
    for index, (rule, state) in enumerate(zip(rules, states.tolist(), strict=True)):
        assert np.array_equal(back(blocked)[index].numpy(), rule.flags(state) & BLOCKED > 0)
        assert np.array_equal(back(by_token)[index].numpy(), rule.flags(state) & BLOCKED > 0)
        assert np.array_equal(back(breaks)[index].numpy(), rule.tables.breaks(state))
        assert [int(back(b)[index]) for b in behind] == [rule.advance(state, t) for t in range(SIZE)]


@pytest.mark.parametrize("mode", [Mode.MASK, Mode.OBSERVE])
def test_an_engine_that_samples_by_itself_gets_masked_rows_without_waiting(mode: Mode) -> None:
    guard = Guard(DETECTOR)
    policy = GuardPolicy(mode=mode, languages=("ko",), allow_english=False)
    prompt = torch.zeros(4, 3, dtype=torch.int64)
    with other_device() as watched:
        rows = LateRows(guard, policy, moved(prompt), temperature=1.0)
        answers = torch.empty(4, 0, dtype=torch.int64)
        for step in range(STEPS):
            masked = back(rows.mask(moved(random_logits(step, 4, 3.0)), moved(answers)))
            taken = masked.softmax(-1).multinomial(1, generator=torch.Generator().manual_seed(step))
            answers = torch.cat([answers, taken], dim=1)
        events = rows.events()
    assert watched.waits.total() == 0
    drifting = [drifts(guard, policy, answer) for answer in answers.tolist()]
    if mode is Mode.MASK:
        assert drifting == [[]] * 4
        complete = [(row, d) for row, d in events if d.position < STEPS - 1]
        assert {d.action for _, d in complete} == {Action.MASKED}
        assert all(d.replacement_id == answers[row, d.position] for row, d in complete)
    else:
        assert all(drifting)
        assert {d.action for _, d in events} == {Action.OBSERVED}
        last = {row: max(d.position for r, d in events if r == row) for row, _ in events}
        assert last == {row: positions[0] for row, positions in enumerate(drifting)}
    assert events
    assert len(TOKENS) == SIZE


def drifts(guard: Guard, policy: GuardPolicy, answer: Sequence[int]) -> list[int]:
    """The positions of an answer at which the guard would have kept its token out."""
    state = guard.open(policy)
    found = []
    for position, token_id in enumerate(answer):
        found += [position] if guard.drifts(state, token_id) else []
        guard.advance(state, token_id)
    return found
