"""On a real GPU: the figures of the CPU, and nobody waits for the device but where the sampler tells its tokens."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from benchmarks.gpu_vocabulary import synthetic_vocabulary
from tests.tlpo_guard.answers import batch, runs, same
from tests.tlpo_guard.byte_vocabulary import DETECTOR, STEPS, random_logits
from tlpo_guard.generation.distribution import RowSampling
from tlpo_guard.generation.drawn import draw
from tlpo_guard.generation.draws import Draws, SamplingParams
from tlpo_guard.generation.late_rows import LateRows
from tlpo_guard.generation.review import Request
from tlpo_guard.generation.review_device import DeviceReview
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.generation.sequence import SampledSequence, Step
from tlpo_guard.guard.automaton import utf8
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.rows import GuardRows
from tlpo_guard.policy import GuardPolicy, Mode

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")

PENDING = (b"", b"\xe3", b"\xea\xb0", b"\xf0\x9f\x98", b"\xd0")


@contextmanager
def no_waiting() -> Iterator[None]:
    """Torch raises wherever it would hold up the host; an event that is waited for by name it lets pass."""
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_the_gpu_says_what_the_cpu_says() -> None:
    guard = Guard(DETECTOR)
    here, there = runs(guard), runs(guard)
    ours, theirs = Sampler(guard), Sampler(guard)
    theirs.step(batch(0, len(there)).cuda(), [run.sequence for run in runs(guard)])  # tables and kernels are made
    steps = [batch(step, len(here)) for step in range(STEPS)]
    on_gpu = [logits.cuda() for logits in steps]
    for logits, moved in zip(steps, on_gpu, strict=True):
        ours.step(logits, [run.sequence for run in here])
        with no_waiting():
            theirs.step(moved, [run.sequence for run in there])
    assert theirs.faults == 0
    for one, other in zip(here, there, strict=True):
        for step_here, step_there in zip(one.steps, other.steps, strict=True):
            same(step_here, step_there)


@pytest.mark.parametrize("size", [49_152, 151_936])
def test_a_large_vocabulary_is_guarded_as_on_the_cpu(size: int) -> None:
    """Greedy rows, whose tokens no rounding decides, in random states of random policies."""
    guard = Guard(DriftDetector(synthetic_vocabulary(size)))
    chance = np.random.default_rng(0)
    told: dict[str, list[list[Step]]] = {"cpu": [], "cuda": []}
    made: dict[str, list[SampledSequence]] = {"cpu": [], "cuda": []}
    for row in range(24):
        policy = GuardPolicy(languages=(("ko", "ru", "ja", "es", "ar", "th")[row % 6],), allow_english=row % 4 == 0)
        params = SamplingParams(temperature=0.0)
        for device in made:
            steps: list[Step] = []
            sequence = SampledSequence(params, Draws(row), guard.open(policy), deliver=steps.append)
            made[device].append(sequence)
            told[device].append(steps)
    samplers = {device: Sampler(guard) for device in made}
    for step in range(12):
        logits = torch.randn(24, size, generator=torch.Generator().manual_seed(step)) * 3
        states = [utf8().state_of(PENDING[chance.integers(len(PENDING))]) for _ in range(24)]
        for device, sequences in made.items():
            for sequence, state in zip(sequences, states, strict=True):
                sequence.state.pending = state
            samplers[device].step(logits.to(device), sequences)
    assert samplers["cuda"].faults == samplers["cpu"].faults == 0
    for one, other in zip(told["cpu"], told["cuda"], strict=True):
        for step_here, step_there in zip(one, other, strict=True):
            same(step_here, step_there)
    assert any(step.replaced for steps in told["cuda"] for step in steps)


@pytest.mark.parametrize("mode", [Mode.MASK, Mode.OBSERVE])
def test_an_engine_that_samples_by_itself_is_masked_without_waiting(mode: Mode) -> None:
    guard = Guard(DETECTOR)
    policy = GuardPolicy(mode=mode, languages=("ko",), allow_english=False)
    prompt = torch.zeros(4, 3, dtype=torch.int64, device="cuda")
    warm = LateRows(guard, policy, prompt, temperature=1.0)
    warm.mask(random_logits(0, 4, 3.0).cuda(), prompt[:, :0])
    rows = LateRows(guard, policy, prompt, temperature=1.0)
    here = LateRows(guard, policy, prompt.cpu(), temperature=1.0)
    answers = prompt[:, :0]
    steps = [random_logits(step, 4, 3.0).cuda() for step in range(STEPS)]
    for logits in steps:
        with no_waiting():
            masked = rows.mask(logits, answers)
        expected = here.mask(logits.cpu(), answers.cpu())
        assert torch.equal(masked.cpu(), expected)
        answers = torch.cat([answers, masked.softmax(-1).multinomial(1)], dim=1)
    ours, theirs = rows.events(), here.events()
    assert ours
    assert [(row, d.position, d.token_id, d.action, d.replacement_id) for row, d in ours] == [
        (row, d.position, d.token_id, d.action, d.replacement_id) for row, d in theirs
    ]
    np.testing.assert_allclose([d.mass for _, d in ours], [d.mass for _, d in theirs], atol=1e-5)


@pytest.mark.parametrize("size", [49_152, 151_936])
@pytest.mark.parametrize("top_p", [1.0, 0.9])
def test_what_is_drawn_again_is_what_the_reference_draws(size: int, top_p: float) -> None:
    """But where rounding decides, which a row in fifty may leave to it."""
    guard = Guard(DriftDetector(synthetic_vocabulary(size)))
    count, differing, needed = 64, 0, 0
    reference, kernels = DeviceReview(guard.bank, torch.device("cuda")), DeviceReview(guard.bank, torch.device("cuda"))
    reference._fused = None
    assert kernels._fused is not None
    for seed in range(4):
        chance = np.random.default_rng(seed)
        states = [guard.open(GuardPolicy(languages=(("ko", "ru", "ja", "ar")[row % 4],))) for row in range(count)]
        for state in states[::3]:
            state.pending = utf8().state_of(PENDING[chance.integers(len(PENDING))])
        logits = torch.randn(count, size, generator=torch.Generator().manual_seed(seed)).cuda() * 3
        how = RowSampling(
            np.full(count, 0.7, np.float32),
            np.full(count, top_p),
            np.where(np.arange(count) % 4 == 1, 50, 0),
            np.where(np.arange(count) % 4 == 2, 0.05, 0.0),
        )
        greedy, uniforms = np.zeros(count, np.bool_), 1.0 - chance.random((count, 2))
        drawn = draw(logits, how, greedy, uniforms[:, 0])
        request = Request(logits, logits, how, drawn, greedy, uniforms[:, 1])
        rows = GuardRows.of(states, guard.bank)
        expected, told = (review(rows, request, lambda *_: ())[0] for review in (reference, kernels))
        np.testing.assert_array_equal(told.drifts, expected.drifts)
        np.testing.assert_array_equal(told.found, expected.found)
        np.testing.assert_allclose(told.confusion, expected.confusion, atol=1e-5)
        np.testing.assert_array_equal(told.candidate_ids, expected.candidate_ids)
        needed += int(told.drifts.sum())
        differing += int((told.replacement != expected.replacement)[told.drifts].sum())
        for row in np.flatnonzero(told.drifts):
            assert not states[row].rules.blocks(states[row].pending, int(told.replacement[row]))  # type: ignore[union-attr]
    assert needed > 20
    assert differing * 50 <= needed
