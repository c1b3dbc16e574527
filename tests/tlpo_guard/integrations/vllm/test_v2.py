"""The V2 side on simulated steps: drafts, chunks, preemption and recycled slots, as vLLM's buffers show them."""

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from tests.tlpo_guard.byte_vocabulary import DETECTOR, SIZE, one_hot, random_logits, word
from tests.tlpo_guard.integrations.other_device import DEVICE, OtherTensor, back, moved, other_device
from tests.tlpo_guard.integrations.vllm.fakes import Params, Stored, log_into
from tlpo_guard.generation.late_rows import LateRows
from tlpo_guard.generation.masking_fused import FusedMasker
from tlpo_guard.guard.fused import FusedTables
from tlpo_guard.guard.guard import Guard
from tlpo_guard.integrations.vllm.requests import GuardedRequest
from tlpo_guard.integrations.vllm.v2 import V2Guard
from tlpo_guard.policy import GuardPolicy

SLOTS, LONGEST, DONE, DRAFTS = 6, 64, 40, 2
TOLD = {"guard_languages": "ko", "guard_brought": []}
CONTINUING = list(range(0x80, 0xC0))
NAME, SONG = [*"邓丽君".encode()], "가수 邓丽君 노래, мир 뜻"


class Buffer:
    """One of vLLM's buffers: what is written on the host reaches the device later."""

    def __init__(self, *shape: int) -> None:
        self.np = np.zeros(shape, np.int32)
        self.gpu = torch.from_numpy(self.np.copy())

    def upload(self) -> None:
        getattr(self.gpu, "held", self.gpu).copy_(torch.from_numpy(self.np))


class Staged:
    """One of those that are only on the device, and what is about to be written to it."""

    def __init__(self, *shape: int) -> None:
        self.gpu = torch.zeros(shape, dtype=torch.int32)
        self.np = self.gpu.numpy()
        self._staged_write_indices: list[int] = []
        self._staged_write_starts: list[int] = []
        self._staged_write_contents: list[int] = []
        self._staged_write_cu_lens: list[int] = []

    def stage_write(self, index: int, ids: list[int]) -> None:
        self._staged_write_indices.append(index)
        self._staged_write_starts.append(0)
        self._staged_write_contents.extend(ids)
        self._staged_write_cu_lens.append(len(self._staged_write_contents))

    def apply_write(self) -> None:
        start = 0
        for index, end in zip(self._staged_write_indices, self._staged_write_cu_lens, strict=True):
            self.np[index, : end - start] = self._staged_write_contents[start:end]
            start = end
        for staged in (self._staged_write_indices, self._staged_write_starts, self._staged_write_cu_lens):
            staged.clear()
        self._staged_write_contents.clear()


def held() -> Any:
    """vLLM's `LogitsProcRequestState`."""
    return SimpleNamespace(
        device=torch.device("cpu"),
        max_num_reqs=SLOTS,
        vocab_size=SIZE,
        all_token_ids=Staged(SLOTS, LONGEST),
        prompt_len=Buffer(SLOTS),
        prefill_len=Buffer(SLOTS),
        total_len=Staged(SLOTS),
    )


def same_lengths(state: Any, length: int) -> None:
    """Let all slots hold prompts of one length."""
    for buffer in (state.prompt_len, state.prefill_len):
        buffer.np[:] = length
        buffer.upload()
    state.total_len.np[:] = length


def top_k_top_p(logits: torch.Tensor, k: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    """vLLM's own operation, in other words."""
    ordered, index = logits.sort(dim=-1, descending=True)
    ordered = torch.where(torch.arange(logits.shape[1], device=logits.device) < k.unsqueeze(1), ordered, -torch.inf)
    probs = ordered.softmax(-1)
    ordered = torch.where(probs.cumsum(-1) - probs < p.unsqueeze(1), ordered, -torch.inf)
    return torch.empty_like(logits).scatter_(1, index, ordered)


@dataclass(eq=False)
class Request:
    """One request of the simulation."""

    id: str
    params: Params
    prompt: list[int]
    left: int
    out: list[int] = field(default_factory=list)
    computed: int = 0


@dataclass(frozen=True)
class Row:
    """A row of logits."""

    slot: int
    draft: int
    position: int
    real: bool
    drafts: tuple[int, ...]


class Simulation:
    """A runner that does to slots what vLLM's does."""

    def __init__(self, seed: int, top_p: float, brought: bool = False) -> None:
        self.brought = brought
        self.rng, self.top_p, self.made, self.done = random.Random(seed), top_p, 0, 0
        self.free, self.run, self.wait = list(range(SLOTS)), {}, []
        self.held = held()

    def fill(self, engine: V2Guard) -> None:
        state, entered = self.held, []
        while self.free and (self.wait or self.made < 3 * DONE):
            request = self.wait.pop(0) if self.wait and self.rng.random() < 0.6 else self._made()
            slot = self.free.pop(self.rng.randrange(len(self.free)))
            tokens = request.prompt + request.out
            state.prompt_len.np[slot] = len(request.prompt)
            state.prefill_len.np[slot] = len(tokens)
            state.all_token_ids.stage_write(slot, tokens)
            watched = engine.add_request(slot, request.params)
            assert watched is (request.params.extra_args["guard_mode"] != "off")
            entered.append((slot, len(tokens)))
            request.computed, self.run[slot] = 0, request
        for slot, length in entered:
            state.all_token_ids.np[slot], state.total_len.np[slot] = 0, length
        for buffer in (state.prompt_len, state.prefill_len):
            buffer.upload()
        state.all_token_ids.apply_write()
        engine.apply_staged_writes()

    def _made(self) -> Request:
        rng, name = self.rng, f"r{self.made}"
        self.made += 1
        told = TOLD | {"guard_mode": rng.choice(["mask", "observe", "off", "mask"]), "guard_request": name}
        prompt = [rng.randrange(256) for _ in range(rng.randint(3, 9))]
        if self.brought:
            told["guard_brought"] = rng.choice([[], [SONG], ["다 中文 다", SONG]])
            if rng.random() < 0.3:  # then it is the prompt that brings them
                del told["guard_brought"]
                prompt += [*"다 мир 漢 ".encode()]
        params = Params(told, temperature=rng.choice([0.0, 0.8]), top_p=self.top_p)
        return Request(name, params, prompt, rng.randint(2, 14))

    def rows(self) -> tuple[list[int], list[Row]]:
        order, rows = list(self.run), []
        self.rng.shuffle(order)
        for slot in order:
            request, total = self.run[slot], int(self.held.total_len.np[slot])
            if request.computed < total - 1 and self.rng.random() < 0.4:  # in the middle of a prompt
                request.computed = self.rng.randint(request.computed + 1, total - 1)
                rows.append(Row(slot, 0, request.computed - 1, False, ()))
                continue
            count = self.rng.choice([0, 0, DRAFTS]) if request.out else 0
            drafts = tuple(self.rng.choice([*CONTINUING, 256, 257]) for _ in range(count))
            if self.brought and count and self.rng.random() < 0.7:
                start = self.rng.randrange(len(NAME) - count + 1)
                drafts = tuple(NAME[start : start + count])
            request.computed = total
            rows += [Row(slot, j, total - 1 + j, True, drafts) for j in range(count + 1)]
        return order, rows

    def context(self, order: list[int], rows: list[Row]) -> Any:
        """vLLM's `LogitsContext`."""
        tokens = [
            r.drafts[r.draft - 1] if r.draft else int(self.held.all_token_ids.np[r.slot, r.position]) for r in rows
        ]
        columns = {
            "expanded_idx_mapping": [r.slot for r in rows],
            "idx_mapping": order,
            "expanded_local_pos": [r.draft for r in rows],
            "input_ids": tokens,
            "pos": [r.position for r in rows],
        }
        tensors = {name: torch.tensor(values, dtype=torch.int32) for name, values in columns.items()}
        return SimpleNamespace(**tensors, idx_mapping_np=np.array(order, dtype=np.int64))

    def accept(self, rows: list[Row], taken: list[int]) -> list[int]:
        """Tokens are taken up to the first draft that is another one; the rows that have got one."""
        accepted, going = [], {}
        for index, row in enumerate(rows):
            request = self.run[row.slot]
            if not row.real or (row.draft and going.get(row.slot) != row.draft):
                continue
            request.out.append(taken[index])
            request.left -= 1
            accepted.append(index)
            self.held.all_token_ids.np[row.slot, len(request.prompt) + len(request.out) - 1] = taken[index]
            self.held.total_len.np[row.slot] = len(request.prompt) + len(request.out)
            request.computed = int(self.held.total_len.np[row.slot]) - 1
            if row.draft < len(row.drafts) and taken[index] == row.drafts[row.draft] and request.left > 0:
                going[row.slot] = row.draft + 1
        return accepted

    def leave(self) -> None:
        for slot, request in list(self.run.items()):
            ended = request.left <= 0 or len(request.prompt) + len(request.out) > LONGEST - 6
            if ended or self.rng.random() < 0.05:
                self.done += ended
                if not ended:
                    self.wait.append(request)
                self.free.append(slot)
                del self.run[slot]


def _alone(guard: Guard, request: Request, answer: list[int], logits: torch.Tensor) -> tuple[torch.Tensor, LateRows]:
    policy = GuardPolicy(mode=request.params.extra_args["guard_mode"], languages=("ko",))
    asked = GuardedRequest.of(request.params, policy)
    assert asked is not None
    brought = asked.brought(request.prompt, DETECTOR.vocabulary)
    rows = LateRows(guard, policy, torch.tensor([request.prompt]), request.params.temperature, brought)
    for length in range(len(answer)):
        rows.mask(torch.zeros(1, SIZE), torch.tensor([answer[:length]], dtype=torch.int64))
    return rows.mask(logits, torch.tensor([answer], dtype=torch.int64)), rows


def applied(
    engine: V2Guard, simulation: Simulation, order: list[int], rows: list[Row], raw: torch.Tensor, parts: int
) -> torch.Tensor:
    """A step's rows, in one part or in several, as vLLM brings them where drafts make them many."""
    size = -(-len(order) // parts)
    done: list[torch.Tensor] = []
    for start in range(0, len(order), size):
        here = order[start : start + size]
        indices = [index for index, row in enumerate(rows) if row.slot in here]
        done.append(engine.apply(raw[indices], simulation.context(here, [rows[index] for index in indices])))
    return torch.cat(done)


KERNELS = pytest.mark.skipif(
    find_spec("triton") is None or os.environ.get("TRITON_INTERPRET") != "1", reason="needs triton, interpreted"
)


@pytest.mark.parametrize(
    ("seed", "parts", "brought", "kernels"),
    [
        (0, 1, False, False),
        (1, 1, False, False),
        (2, 2, False, False),
        (3, 3, False, False),
        (4, 1, True, False),
        (5, 2, True, False),
        (6, 3, True, False),
        pytest.param(7, 2, True, True, marks=KERNELS),
    ],
)
def test_drafts_chunks_preemption_and_recycled_slots_are_masked_and_logged_as_if_alone(
    seed: int, parts: int, brought: bool, kernels: bool
) -> None:
    stored, simulation, alone = Stored(), Simulation(seed, 1.0, brought), Guard(DETECTOR)
    log = log_into(stored)
    engine = V2Guard(Guard(DETECTOR), GuardPolicy(), log, simulation.held, top_k_top_p, DRAFTS)
    if kernels:
        engine._masker._fused = FusedMasker(engine._masker.masks)
    expected, step = [], 0
    while simulation.done < DONE:
        simulation.fill(engine)
        order, rows = simulation.rows()
        raw = random_logits(1000 * seed + step, len(rows), 3.0)
        if brought:
            raw[:, NAME] += 6.0
        out, step = applied(engine, simulation, order, rows, raw, parts), step + 1
        taken = out.argmax(dim=-1).tolist()
        seen: dict[int, Any] = {}
        for index, row in enumerate(rows):
            request = simulation.run[row.slot]
            if request.params.extra_args["guard_mode"] == "off":
                assert torch.equal(out[index], raw[index])
                continue
            read = (request.prompt + request.out)[: row.position + 1]  # in the middle of a prompt, else all of it
            answer = [*read[len(request.prompt) :], *row.drafts[: row.draft]]
            masked, rows_alone = _alone(alone, request, answer, raw[index : index + 1])
            if (
                row.real or not brought
            ):  # else its token is thrown away, and where it stands in strings is not read again
                assert torch.equal(out[index], masked[0])
            rows_alone.mask(torch.zeros(1, SIZE), torch.tensor([[*answer, taken[index]]], dtype=torch.int64))
            seen[index] = request.id, [d for _, d in rows_alone.events() if d.position == len(answer)]
        for index in simulation.accept(rows, taken):
            name, drafts = seen.get(index, ("", []))
            expected += [(name, d.position, d.token_id, d.action, d.replacement_id) for d in drafts]
        simulation.leave()
    engine.settle()
    log.close()
    told = [(e.request_id, e.position, e.token_id, e.action, e.replacement_id) for e in stored.events]
    once = {entry for entry in expected if entry[3] != "observed"}
    assert len(once) > 20 and Counter(t for t in told if t[3] != "observed") == Counter(once)
    observed = {t for t in told if t[3] == "observed"}
    assert observed <= set(expected)


@pytest.mark.parametrize("top_p", [1.0, 0.9])
def test_nobody_waits_for_the_device(top_p: float) -> None:
    simulation = Simulation(8, top_p, brought=True)
    state = simulation.held
    state.device = DEVICE
    for buffer in (state.all_token_ids, state.prompt_len, state.prefill_len, state.total_len):
        buffer.gpu = OtherTensor(buffer.gpu)
    with other_device() as mode:
        engine = V2Guard(Guard(DETECTOR), GuardPolicy(), None, state, top_k_top_p, DRAFTS)
        for step in range(60):
            simulation.fill(engine)
            order, rows = simulation.rows()
            raw, ctx = random_logits(step, len(rows), 3.0), simulation.context(order, rows)
            raw[:, NAME] += 6.0
            for name in ("expanded_idx_mapping", "idx_mapping", "expanded_local_pos", "input_ids", "pos"):
                setattr(ctx, name, moved(getattr(ctx, name)))
            simulation.accept(rows, back(engine.apply(moved(raw), ctx)).argmax(dim=-1).tolist())
            simulation.leave()
        engine.settle()
    assert simulation.done > 10 and mode.copies > 100
    assert mode.waits.total() == 0


@pytest.mark.parametrize("top_p", [0.9, 0.6])
def test_rows_are_masked_inside_their_nucleus(top_p: float) -> None:
    simulation, guard, held_rows = Simulation(7, top_p), Guard(DETECTOR), 0
    engine = V2Guard(guard, GuardPolicy(), None, simulation.held, top_k_top_p)
    state = guard.open(GuardPolicy(languages=("ko",)))
    blocked = torch.tensor([state.rules.blocks(0, t) for t in range(SIZE)])
    told = TOLD | {"guard_mode": "mask"}
    same_lengths(simulation.held, 3)
    for slot in range(SLOTS):
        engine.add_request(slot, Params(told, top_p=top_p))
    engine.apply_staged_writes()
    rows = [Row(slot, 0, 2, True, ()) for slot in range(SLOTS)]
    masses, sizes = torch.full((SLOTS,), top_p), torch.full((SLOTS,), SIZE)
    for seed in range(10):
        raw = random_logits(seed, SLOTS, 3.0)
        out = engine.apply(raw.clone(), simulation.context(list(range(SLOTS)), rows))
        own = torch.isfinite(top_k_top_p(raw.clone(), sizes, masses))
        again = torch.isfinite(top_k_top_p(out.clone(), sizes, masses))
        assert not (again & blocked).any()
        for row in range(SLOTS):
            if not (own[row] & blocked).any():
                assert torch.equal(out[row], raw[row])
            elif (own[row] & ~blocked).any():
                held_rows += 1
                assert not (again[row] & ~own[row]).any() and torch.equal(out[row][again[row]], raw[row][again[row]])
    assert held_rows > 5


TAGS = (
    "ko",
    "ru",
    "ja",
    "zh",
    "el",
    "th",
    "ar",
    "he",
    "hi",
    "ka",
    "hy",
    "am",
    "ta",
    "bn",
    "te",
    "ml",
    "kn",
    "gu",
    "pa",
    "ko",
)


class AtBorders:
    """Masks as the kernels do where no character is open, by the same bits of the same tables, without triton."""

    def __init__(self, tables: FusedTables) -> None:
        self._tables = tables

    def __call__(self, logits: torch.Tensor, out: torch.Tensor, slots: torch.Tensor, *_: torch.Tensor) -> Any:
        self._tables.refresh()
        words = self._tables.arguments()[0]
        assert isinstance(words, torch.Tensor)
        bits = words[slots].unsqueeze(-1) >> torch.arange(32) & 1
        out.copy_(torch.where(bits.flatten(1)[:, :SIZE] > 0, -torch.inf, logits))
        nothing = np.zeros(len(slots), np.bool_)
        return SimpleNamespace(arrays=lambda: [nothing] * 7)


@pytest.mark.parametrize(
    "made",
    [AtBorders, pytest.param(None, marks=KERNELS)],
    ids=["tables", "kernels"],
)
@pytest.mark.parametrize("read_before", [False, True])
def test_languages_that_come_between_steps_reach_the_kernels(made: type[AtBorders] | None, read_before: bool) -> None:
    """Though others may have read the bank since, and its slots may have been taken over."""
    simulation, guard = Simulation(0, 1.0), Guard(DETECTOR)
    guard.bank._max_bytes = 0  # its first slots are all there are
    engine = V2Guard(guard, GuardPolicy(), None, simulation.held, top_k_top_p)
    tables = FusedTables(engine._masker.masks, block=128)
    engine._masker._fused = FusedMasker(engine._masker.masks, tables) if made is None else made(tables)
    same_lengths(simulation.held, 3)
    asked: dict[int, str] = {}
    raw = one_hot(word("1")).expand(SLOTS, -1)
    for turn, tag in enumerate(TAGS):
        slot = turn % SLOTS
        asked[slot] = tag
        engine.add_request(slot, Params(TOLD | {"guard_languages": tag, "guard_allow_english": True}))
        engine.apply_staged_writes()
        if read_before:
            engine._masker.masks.refresh()
        rows = [Row(slot, 0, 2, True, ()) for slot in asked]
        out = engine.apply(raw[: len(rows)], simulation.context(list(asked), rows))
        for row, own in zip(out, asked.values(), strict=True):
            rules = guard.detector.rules(GuardPolicy(languages=(own,), allow_english=True))
            assert np.array_equal(row.numpy() == -np.inf, rules.verdicts().blocked), own
