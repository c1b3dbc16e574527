"""The V1 side on simulated batches: rows come, go, move, wait and are read in chunks as vLLM does it."""

import random
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

from tests.tlpo_guard.byte_vocabulary import DETECTOR, one_hot, random_logits, word
from tests.tlpo_guard.integrations.vllm.fakes import Direction, Params, Stored, Update, log_into
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.late import decide_late
from tlpo_guard.integrations.vllm.v1 import V1Guard
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rows.cuts import NO_CUTS, Cuts
from tlpo_guard.rows.host_masker import HostMasker, OwnSampling

ROWS, DONE = 6, 80
KOREAN = {"guard_languages": "ko", "guard_allow_english": "false"}


@dataclass(eq=False)
class Request:
    """One request of the simulation."""

    id: str
    params: Params
    prompt: list[int]
    left: int
    chunks: int
    out: list[int] = field(default_factory=list)
    state: str = "waits"


class Simulation:
    """A scheduler that does to rows what vLLM's does: holes are filled by new rows or by the last one."""

    def __init__(self, seed: int) -> None:
        self.rng, self.seed, self.made = random.Random(seed), seed, 0
        self.batch: list[Request | None] = []
        self.waiting: list[Request] = []
        self.done: list[Request] = []

    def update(self) -> Update | None:
        """The next batch, and how it differs from the last one."""
        removed, added, moved = self._leave(), [], []
        holes = [index for index, request in enumerate(self.batch) if request is None]
        while len(self.batch) - len(holes) < ROWS and self.made + len(self.waiting) < 2 * DONE:
            index = holes.pop(0) if holes else len(self.batch)
            self.batch[index : index + 1] = [request := self._next()]
            if index in removed and self.rng.random() < 0.9:
                removed.remove(index)  # a row may be taken over without being given up
            added.append((index, request.params, request.prompt, request.out))
        while None in self.batch:
            if self.batch[-1] is None:
                self.batch.pop()
                continue
            index = self.batch.index(None)
            self.batch[index] = self.batch.pop()
            moved.append((len(self.batch), index, Direction.UNIDIRECTIONAL))
            if index in removed:
                removed.remove(index)  # and may vanish under a row that moves there
        if len(self.batch) > 2 and self.rng.random() < 0.3:
            i, j = self.rng.sample(range(len(self.batch)), 2)
            self.batch[i], self.batch[j] = self.batch[j], self.batch[i]
            moved.append((i, j, Direction.SWAP))
        return Update(len(self.batch), removed, added, moved) if removed or added or moved else None

    def _leave(self) -> list[int]:
        removed = []
        for index, request in enumerate(self.batch):
            assert request is not None
            if request.left and self.rng.random() > 0.05:
                continue
            (self.waiting if request.left and self.rng.random() < 0.8 else self.done).append(request)
            self.batch[index] = None
            removed.append(index)
        return removed

    def _next(self) -> Request:
        if self.waiting and self.rng.random() < 0.7:
            return self.waiting.pop(0)
        rng, name = self.rng, f"r{self.made}"
        self.made += 1
        told = {
            "guard_mode": rng.choice(["off", "mask", "mask", "observe"]),
            "guard_request": name,
            "guard_brought": [],
            **KOREAN,
        }
        params = Params(told, temperature=rng.choice([0.0, 0.8]), top_p=rng.choice([1.0, 0.9]))
        return Request(name, params, [rng.randrange(256) for _ in range(3)], rng.randint(1, 12), rng.randint(0, 2))


def _expected(guard: Guard, request: Request, row: np.ndarray) -> tuple[np.ndarray, OwnSampling, object, object]:
    policy = GuardPolicy(mode=request.params.extra_args["guard_mode"], languages=("ko",), allow_english=False)
    state = guard.open(policy, request.prompt)
    for token_id in request.out:
        guard.advance(state, token_id)
    temperature, top_p = request.params.temperature, request.params.top_p
    cuts = Cuts(top_p=top_p, temperature=temperature) if temperature > 0 else NO_CUTS
    how = OwnSampling(temperature, cuts, cut_again=True)
    masked = row.copy()
    return masked, how, state, HostMasker(guard).mask(masked, state, how)


@pytest.mark.parametrize("seed", range(4))
def test_rows_that_come_go_move_and_wait_are_masked_and_logged_as_if_alone(seed: int) -> None:
    stored, simulation = Stored(), Simulation(seed)
    log = log_into(stored)
    engine, alone = V1Guard(Guard(DETECTOR), GuardPolicy(), log), Guard(DETECTOR)
    expected: list[tuple[object, ...]] = []
    step = 0
    while len(simulation.done) < DONE:
        engine.update_state(simulation.update())
        raw = random_logits(1000 * seed + step, len(simulation.batch), 3.0)
        logits, step = raw.clone(), step + 1
        assert engine.apply(logits) is logits
        for index, request in enumerate(simulation.batch):
            masked, _, state, seen = _expected(alone, request, raw[index].numpy())
            assert np.array_equal(logits[index].numpy(), masked)
            if request.chunks:  # in the middle of its prompt: nothing is sampled
                request.chunks -= 1
                continue
            token_id = int(logits[index].argmax())
            if seen is not None:
                draft = decide_late(alone, state, seen.sight(token_id, acts=state.acts)).draft
                if draft is not None:
                    told = (draft.token_id, draft.action, draft.replacement_id)
                    expected.append((request.id, tuple(request.out), *told))
            request.out.append(token_id)
            request.left -= 1
    engine.settle()
    log.close()
    told = [(e.request_id, e.output_ids, e.token_id, e.action, e.replacement_id) for e in stored.events]
    assert len(told) > 50 and Counter(told) == Counter(expected)
    assert log.known == log.stored == len(told)
    assert {e.base_fingerprint for e in stored.events} == {"base-fingerprint"}
    assert engine.faults == 0
    engine.update_state(Update(0, removed=list(range(len(simulation.batch)))))
    assert engine.rows == 0


def test_a_request_whose_guard_is_off_has_no_row_and_keeps_its_logits() -> None:
    engine = V1Guard(Guard(DETECTOR), GuardPolicy(), None)
    engine.update_state(
        Update(2, added=[(0, Params({"guard_mode": "off", **KOREAN}), [1], []), (1, Params(), [1], [])])
    )
    logits = random_logits(1, 2)
    assert engine.rows == 0 and torch.equal(engine.apply(logits.clone()), logits)


def test_the_last_token_of_an_answer_is_told_when_it_is_settled() -> None:
    stored = Stored()
    log = log_into(stored)
    engine, out = V1Guard(Guard(DETECTOR), GuardPolicy(), log), []
    engine.update_state(Update(1, added=[(0, Params(KOREAN), [1], out)]))
    engine.apply(one_hot(word("中文"), word("한국")))
    engine.settle()
    assert log.known == 0
    out.append(word("한국"))
    engine.settle()
    assert log.known == 1
    log.close()
    assert [(e.token_id, e.replacement_id) for e in stored.events] == [(word("中文"), word("한국"))]


def test_a_token_that_vllm_does_not_know_yet_is_waited_for() -> None:
    stored = Stored()
    log = log_into(stored)
    engine, out = V1Guard(Guard(DETECTOR), GuardPolicy(), log), []
    engine.update_state(Update(1, added=[(0, Params(KOREAN), [1], out)]))
    engine.apply(one_hot(word("中文"), word("한국")))
    out.append(-1)
    masked = engine.apply(one_hot(word("漢"), word("한국")))
    assert int(masked.argmax()) == word("한국")
    out[:] = [word("한국"), word("가")]
    engine.settle()
    log.close()
    assert [(e.position, e.replacement_id) for e in stored.events] == [(0, word("한국"))]


def test_a_guard_that_fails_lets_the_row_pass_and_counts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = V1Guard(Guard(DETECTOR), GuardPolicy(), None)
    engine.update_state(Update(1, added=[(0, Params(KOREAN), None, [])]))
    monkeypatch.setattr(HostMasker, "mask", lambda *_: 1 / 0)
    logits = one_hot(word("中文"))
    assert torch.equal(engine.apply(logits.clone()), logits) and engine.faults == 1


def test_what_the_prompt_brought_may_be_said_again_unless_the_front_end_says_what_it_was() -> None:
    prompt = [*b"'", word("中文"), *b"' ", word("한국")]
    for told, stays in (({}, True), ({"guard_brought": ["한국"]}, False)):
        engine = V1Guard(Guard(DETECTOR), GuardPolicy(), None)
        engine.update_state(Update(1, added=[(0, Params(KOREAN | told), prompt, [])]))
        masked = engine.apply(one_hot(word("中文"), word("한국"), height=8.0))
        assert (int(masked.argmax()) == word("中文")) is stays


@pytest.mark.parametrize("begun, stays", [("", False), ("```python\nfor x in ", True)])
def test_code_goes_on_in_a_fence_that_the_last_message_has_opened(begun: str, stays: bool) -> None:
    engine = V1Guard(Guard(DETECTOR), GuardPolicy(), None)
    told, prompt = {"guard_begun": begun, **KOREAN}, list("답:\n```python\nfor x in ".encode())
    engine.update_state(Update(1, added=[(0, Params(told, temperature=0.0), prompt, [])]))
    assert (int(engine.apply(one_hot(word("hello"), word("한국"))).argmax()) == word("hello")) is stays
