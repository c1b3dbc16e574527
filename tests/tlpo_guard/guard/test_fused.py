"""The fused kernels against the reference: on a GPU where there is one, else interpreted on the CPU where triton is installed."""

import os
import random

import numpy as np
import pytest
import torch

from tests.tlpo_guard.answers import LANGUAGES, MODES, batch, runs, same
from tests.tlpo_guard.byte_vocabulary import DETECTOR, SIZE, STEPS, word
from tlpo_guard.generation.distribution import SUMMED, RowSampling
from tlpo_guard.generation.drawn import draw
from tlpo_guard.generation.masking import RowMasker, RowPolicies
from tlpo_guard.generation.masking_fused import FusedMasker
from tlpo_guard.generation.review import Request, Reviewed
from tlpo_guard.generation.review_device import DeviceReview
from tlpo_guard.generation.review_fused import FusedReview
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.guard.automaton import BEHIND_GREEK, utf8
from tlpo_guard.guard.device_masks import DeviceMasks
from tlpo_guard.guard.fused import FusedTables
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.points import Action
from tlpo_guard.guard.rows import NONE, GuardRows
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.transfer import to_device

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
if DEVICE.type == "cpu" and os.environ.get("TRITON_INTERPRET") != "1":
    pytest.skip("needs a GPU, or TRITON_INTERPRET=1", allow_module_level=True)
pytest.importorskip("triton")

BLOCK = 128  # the least, so that the small vocabulary has several blocks
PENDING = (b"", b"", b"\xe3", b"\xea\xb0", b"\xf0\x9f", b"\xf0\x9f\x98", b"\xd0", b"\xc3", b"\xe3\x81", b"\xce")
STATES = (*map(utf8().state_of, PENDING), BEHIND_GREEK, *utf8().doubled.tolist())


def reviews(guard: Guard) -> tuple[DeviceReview, FusedReview]:
    """The reference and the kernels, on one device."""
    reference = DeviceReview(guard.bank, DEVICE)
    reference._fused = None
    masks = DeviceMasks(guard.bank, DEVICE)
    return reference, FusedReview(masks, FusedTables(masks, BLOCK))


def random_rows(guard: Guard, chance: random.Random, count: int, repairs: bool) -> GuardRows:
    """Rows of random policies and states."""
    policies = [
        GuardPolicy(
            mode=chance.choice(MODES) if row else MODES[2],
            languages=(chance.choice(LANGUAGES),),
            allow_english=chance.random() < 0.5,
        )
        for row in range(count)
    ]
    rules = tuple(guard.detector.rules(policy) if policy.guards else None for policy in policies)
    banned = [chance.choice([NONE, NONE, word("hello"), word("가")]) if repairs else NONE for _ in range(count)]
    point = [chance.choice([b, b, word("hello"), NONE]) if repairs else NONE for b in banned]
    others = {}
    for row in range(count if repairs else 0):
        if chance.random() < 0.3:
            share = chance.choice([0.05, 0.5, 1.0])
            others[row] = np.random.default_rng(chance.randrange(2**31)).random(SIZE) < share
    return GuardRows(
        rules=rules,
        slots=guard.bank.slots(rules),
        states=np.array([chance.choice(STATES) for _ in range(count)], dtype=np.int64),
        acts=np.array([chance.random() < 0.7 for _ in range(count)]),
        event_mass=np.array([chance.choice([0.05, 0.5, 1.0]) for _ in range(count)], dtype=np.float32),
        banned=np.array(banned, dtype=np.int64),
        point=np.array([b if b != NONE else p for b, p in zip(banned, point, strict=True)], dtype=np.int64),
        others=others,
    )


def random_request(chance: random.Random, count: int, rules: tuple[object, ...], cuts: bool) -> Request:
    """A step of rows, some greedy, some of whose tokens nothing is left for."""
    generator = torch.Generator().manual_seed(chance.randrange(2**31))
    raw = torch.randn(count, SIZE, generator=generator) * torch.tensor([chance.choice([0.5, 3.0, 8.0])])
    if chance.random() < 0.5:
        raw = raw.round(decimals=0)  # equal values
    logits = raw.clone()
    for row in range(count):
        kind = chance.random()
        if kind < 0.2:  # a form that leaves little
            kept = torch.randint(SIZE, (chance.choice([1, 3]),), generator=generator)
            only = torch.full((SIZE,), -torch.inf)
            only[kept] = logits[row, kept]
            logits[row] = only
        elif kind < 0.3:
            logits[row, chance.randrange(SIZE)] = 200.0  # all others weigh nothing
    sampling = RowSampling(
        np.array([chance.choice([1.0, 0.5, 2.0]) for _ in range(count)], dtype=np.float32),
        np.array([chance.choice([1.0, 0.9, 0.3]) if cuts else 1.0 for _ in range(count)]),
        np.array([chance.choice([0, 0, 5, 40, 10_000]) if cuts else 0 for _ in range(count)]),
        np.array([chance.choice([0.0, 0.0, 0.02, 0.5, 1.0]) if cuts else 0.0 for _ in range(count)]),
    )
    greedy = np.array([chance.random() < 0.3 for _ in range(count)])
    raw, logits = raw.to(DEVICE), logits.to(DEVICE)
    uniforms = 1.0 - np.random.default_rng(chance.randrange(2**31)).random((count, 2))
    drawn = draw(logits, sampling, greedy, uniforms[:, 0])
    return Request(raw, logits, sampling, drawn, greedy, uniforms[:, 1], events=chance.random() < 0.9)


def unwanted(seen: Reviewed, rows: GuardRows) -> np.ndarray:
    """The rows for which a replacement counts."""
    drifts = (seen.drifts & rows.acts) | seen.banned | (seen.drifts & (rows.point != NONE))
    return drifts & ((rows.point == NONE) | (rows.banned != NONE))


@pytest.mark.parametrize("cuts", [False, True], ids=["whole", "cut"])
@pytest.mark.parametrize("repairs", [False, True], ids=["plain", "repairs"])
@pytest.mark.parametrize("seed", range(4))
def test_the_kernels_review_as_the_reference_does(seed: int, repairs: bool, cuts: bool) -> None:
    chance = random.Random(seed)
    guard = Guard(DETECTOR)
    reference, fused = reviews(guard)
    count = chance.choice([1, 5, 11])
    rows = random_rows(guard, chance, count, repairs)
    request = random_request(chance, count, rows.rules, cuts)
    expected, _ = reference(rows, request, lambda *_: ())
    own, sampled = request.drawn.own, request.drawn.sampled
    sums = fused.begin(rows, request.sampling, request.again, own, sampled)
    whole = torch.nn.functional.pad(own, (0, -SIZE % SUMMED)).unflatten(1, (-1, SUMMED)).sum(dim=-1)
    torch.testing.assert_close(sums, whole)
    told, (replacement,) = fused(rows, request, lambda _, replacement: [replacement])
    for name in ("winners", "drifts", "banned", "found", "reported"):
        np.testing.assert_array_equal(getattr(told, name), getattr(expected, name), err_msg=name)
    np.testing.assert_allclose(told.confusion, expected.confusion, atol=1e-5)
    np.testing.assert_allclose(told.mass, expected.mass, atol=1e-5)
    same_worst(told, expected, request)
    same_candidates(told, expected)
    needed = unwanted(expected, rows)
    np.testing.assert_array_equal(told.replacement[needed], expected.replacement[needed])
    assert (told.replacement[~needed] == NONE).all()
    np.testing.assert_array_equal(replacement, told.replacement)


def same_worst(told: Reviewed, expected: Reviewed, request: Request) -> None:
    # It counts at confusion points only; and of equals, either may be named.
    for row in np.flatnonzero((told.worst != expected.worst) & expected.found):
        place = int(np.flatnonzero(request.drawn.sampled == row)[0])
        own = request.drawn.own[place]
        assert own[told.worst[row]] == own[expected.worst[row]]


def same_candidates(told: Reviewed, expected: Reviewed) -> None:
    if not len(told.reported):
        return
    np.testing.assert_array_equal(told.candidate_ids, expected.candidate_ids)
    np.testing.assert_allclose(told.candidate_logprobs, expected.candidate_logprobs, atol=1e-4)
    np.testing.assert_array_equal(told.candidate_drifts, expected.candidate_drifts)


@pytest.mark.parametrize("seed", range(6))
def test_the_kernels_mask_as_the_reference_does(seed: int) -> None:
    chance = random.Random(seed)
    guard = Guard(DETECTOR)
    count = 9
    rows = random_rows(guard, chance, count, repairs=False)
    request = random_request(chance, count, rows.rules, cuts=False)
    scale = np.array([chance.choice([0.0, 1.0, 2.0]) for _ in range(count)], dtype=np.float32)
    held = RowPolicies(*(to_device(array, DEVICE) for array in (rows.slots, rows.acts, rows.event_mass, scale)))
    states = to_device(rows.states, DEVICE)
    reference, kernels = RowMasker(guard, DEVICE), RowMasker(guard, DEVICE)
    reference._fused = None
    kernels._fused = FusedMasker(kernels.masks, FusedTables(kernels.masks, BLOCK))
    wanted, expected = reference.mask(request.logits, held, states)
    masked, told = kernels.mask(request.logits, held, states)
    assert torch.equal(masked, wanted)
    found, usable, mass, worst, ids, logprobs, drifting = told._figures.arrays()
    figures = expected._figures.arrays()
    watched = rows.slots != 0
    np.testing.assert_array_equal(found, figures[0])
    np.testing.assert_array_equal(usable[watched], figures[1][watched])
    np.testing.assert_allclose(mass, figures[2], atol=1e-5)
    for ours, theirs in zip((worst, ids, drifting), (figures[3], figures[4], figures[6]), strict=True):
        np.testing.assert_array_equal(ours[found], theirs[found])
    np.testing.assert_allclose(logprobs[found], figures[5][found], atol=1e-4)
    written = request.logits.clone()
    kernels._fused(written, written, held.slots, held.acts, held.event_mass, held.scale, states)
    assert torch.equal(written, wanted)


def test_the_kernels_play_answers_as_the_cpu_does() -> None:
    guard = Guard(DETECTOR)
    here, there = runs(guard), runs(guard)
    kernels = Sampler(guard)
    review = DeviceReview(guard.bank, DEVICE)
    review._fused = FusedReview(review.masks, FusedTables(review.masks, BLOCK))
    kernels._reviews[DEVICE] = review
    for step in range(STEPS):
        Sampler(guard).step(batch(step, len(here)), [run.sequence for run in here])
        kernels.step(batch(step, len(there)).to(DEVICE), [run.sequence for run in there])
    assert kernels.faults == 0
    for one, other in zip(here, there, strict=True):
        for step_here, step_there in zip(one.steps, other.steps, strict=True):
            same(step_here, step_there)
    actions = {draft.action for run in there for step in run.steps for draft in step.events}
    assert actions >= {Action.OBSERVED, Action.MASKED, Action.REWOUND}


def test_rules_that_take_a_slot_over_reach_every_copy_of_the_bank() -> None:
    guard = Guard(DETECTOR)
    first, second = (FusedTables(DeviceMasks(guard.bank, DEVICE), BLOCK) for _ in range(2))
    for tag in LANGUAGES:
        slots = guard.bank.slots([guard.detector.rules(GuardPolicy(languages=(tag,)))])
        rules = guard.detector.rules(GuardPolicy(languages=(tag,)))
        for tables in (first, second):
            tables.refresh()
            words = tables.arguments()[0]
            assert isinstance(words, torch.Tensor)
            packed = words[int(slots[0])].cpu().numpy()
            assert np.array_equal(packed, tables.packed(rules.verdicts().blocked[None])[0])


def test_a_state_that_there_is_not_is_refused_before_a_kernel_reads_it() -> None:
    guard = Guard(DETECTOR)
    chance = random.Random(1)
    rows = random_rows(guard, chance, 2, repairs=False)
    rows.states[1] = 10**6
    with pytest.raises(IndexError, match="1000000"):
        reviews(guard)[1](rows, random_request(chance, 2, rows.rules, cuts=False), lambda *_: ())
