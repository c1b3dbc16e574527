"""The exponential race: its frequencies, its cuts, and what taking tokens out of it does."""

from itertools import pairwise

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tlpo_guard.sampling import Race, SamplingParams, distribution, pick

CPU = torch.device("cpu")
LOGITS = torch.tensor([[2.0, 1.0, 0.0, -1.0, 1.5, -3.0, 0.5, 0.9]])
SEEDS = 20_000
CHI_SQUARE_OF_SEVEN = 24.3  # exceeded once in a thousand where the frequencies are right


def probs_of(logits: torch.Tensor, **params: float | int | None) -> torch.Tensor:
    return distribution(logits, [SamplingParams(**params)])[0]  # type: ignore[arg-type]


def chi_square(counts: torch.Tensor, probs: torch.Tensor) -> float:
    expected = probs * counts.sum()
    return float(((counts - expected) ** 2 / expected)[probs > 0].sum())


def by_hand(logits: torch.Tensor, temperature: float, top_k: int | None, top_p: float) -> list[float]:
    """The definition: the k most probable tokens, then of these the smallest set that holds the mass."""
    weights = (logits.double() / temperature).exp().tolist()
    order = sorted(range(len(weights)), key=lambda i: -weights[i])[:top_k]
    total, mass, kept = sum(weights[i] for i in order), 0.0, []
    for token_id in order:
        if mass >= top_p:
            break
        kept.append(token_id)
        mass += weights[token_id] / total
    rest = sum(weights[i] for i in kept)
    return [weights[i] / rest if i in kept else 0.0 for i in range(len(weights))]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"temperature": 0.5},
        {"temperature": 2.0},
        {"top_k": 3},
        {"top_p": 0.7},
        {"temperature": 1.3, "top_k": 6, "top_p": 0.9},
    ],
)
def test_a_token_wins_as_often_as_it_is_probable(params: dict[str, float]) -> None:
    probs = probs_of(LOGITS, **params)
    noise = torch.stack([Race(SamplingParams(seed=seed), CPU).noise(8) for seed in range(SEEDS)])
    counts = torch.bincount(pick(probs.expand(SEEDS, -1), noise), minlength=8)
    assert counts[probs == 0].sum() == 0
    assert chi_square(counts, probs) < CHI_SQUARE_OF_SEVEN


def test_the_steps_of_one_race_are_independent() -> None:
    race, probs = Race(SamplingParams(seed=3), CPU), probs_of(LOGITS)
    winners = [int(pick(probs, race.noise(8))) for _ in range(SEEDS)]
    assert chi_square(torch.bincount(torch.tensor(winners), minlength=8), probs) < CHI_SQUARE_OF_SEVEN
    repeats = sum(a == b for a, b in pairwise(winners)) / (SEEDS - 1)
    assert repeats == pytest.approx(float((probs**2).sum()), abs=0.02)


@pytest.mark.parametrize("top_k", [None, 1, 3, 8, 100])
@pytest.mark.parametrize("top_p", [1e-6, 0.3, 0.7, 0.95, 1.0])
@pytest.mark.parametrize("temperature", [0.2, 1.0, 2.0])
def test_cuts_follow_their_definition(temperature: float, top_p: float, top_k: int | None) -> None:
    probs = probs_of(LOGITS, temperature=temperature, top_p=top_p, top_k=top_k)
    assert probs.tolist() == pytest.approx(by_hand(LOGITS[0], temperature, top_k, top_p), abs=1e-6)


def test_greedy_is_certain_of_the_most_probable_token_whatever_else_is_set() -> None:
    probs = probs_of(LOGITS, temperature=0.0, top_k=2, top_p=0.1)
    assert probs.tolist() == [1.0] + [0.0] * 7
    assert int(pick(probs, None)) == 0


def test_each_row_samples_by_its_own_settings_and_logits_stay_as_they_were() -> None:
    torch.manual_seed(0)
    logits = torch.randn(4, 32)
    before = logits.clone()
    params = [
        SamplingParams(temperature=0.0),
        SamplingParams(temperature=0.5, top_k=4),
        SamplingParams(top_p=0.6),
        SamplingParams(temperature=1.7),
    ]
    together = distribution(logits, params)
    for row, p in enumerate(params):
        torch.testing.assert_close(together[row], distribution(logits[row : row + 1], [p])[0])
    assert [int((row > 0).sum()) for row in together[[0, 1, 3]]] == [1, 4, 32]
    assert torch.equal(logits, before)


def test_a_seed_repeats_the_noise_step_by_step() -> None:
    first, second = Race(SamplingParams(seed=11), CPU), Race(SamplingParams(seed=11), CPU)
    steps = [(first.noise(64), second.noise(64)) for _ in range(5)]
    assert all(torch.equal(a, b) for a, b in steps)
    assert not torch.equal(steps[0][0], steps[1][0])
    assert not torch.equal(steps[0][0], Race(SamplingParams(seed=12), CPU).noise(64))


def test_a_race_has_a_generator_of_its_own() -> None:
    torch.manual_seed(0)
    expected = Race(SamplingParams(seed=11), CPU).noise(64)
    state = torch.get_rng_state()
    torch.manual_seed(1)
    torch.rand(7)
    race, other = Race(SamplingParams(seed=11), CPU), Race(SamplingParams(seed=5), CPU)
    other.noise(64)
    assert torch.equal(race.noise(64), expected)
    torch.manual_seed(0)
    assert torch.equal(torch.get_rng_state(), state)


def test_without_a_seed_no_two_races_are_alike() -> None:
    noises = [Race(SamplingParams(), CPU).noise(16) for _ in range(8)]
    assert len({tuple(noise.tolist()) for noise in noises}) == 8


@st.composite
def races(draw: st.DrawFn) -> tuple[torch.Tensor, torch.Tensor, float, list[int]]:
    """Logits, noise, a temperature, and the tokens in the order in which they come in."""
    size = draw(st.integers(2, 40))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    logits = torch.randn(1, size, generator=generator) * draw(st.sampled_from([0.5, 3.0, 10.0]))
    noise = Race(SamplingParams(seed=draw(st.integers(0, 2**32))), CPU).noise(size)
    temperature = draw(st.sampled_from([0.3, 0.7, 1.0, 2.0]))
    ratios = probs_of(logits, temperature=temperature).double() / noise
    ordered, order = ratios.sort(descending=True)
    assume(bool((ordered[:-1] > ordered[1:] * (1 + 1e-5)).all()))  # no tie that rounding could turn over
    return logits, noise, temperature, order.tolist()


@settings(deadline=None, max_examples=300)
@given(races(), st.data())
def test_taking_losers_out_leaves_the_winner(
    race: tuple[torch.Tensor, torch.Tensor, float, list[int]], data: st.DataObject
) -> None:
    logits, noise, temperature, order = race
    removed = data.draw(st.lists(st.sampled_from(order[1:]), unique=True))
    logits[0, removed] = -torch.inf
    assert int(pick(probs_of(logits, temperature=temperature), noise)) == order[0]


@settings(deadline=None, max_examples=300)
@given(races(), st.data())
def test_taking_the_winner_out_leaves_the_best_that_is_left(
    race: tuple[torch.Tensor, torch.Tensor, float, list[int]], data: st.DataObject
) -> None:
    logits, noise, temperature, order = race
    removed = [order[0], *data.draw(st.lists(st.sampled_from(order[1:]), unique=True, max_size=len(order) - 2))]
    logits[0, removed] = -torch.inf
    expected = next(token_id for token_id in order if token_id not in removed)
    assert int(pick(probs_of(logits, temperature=temperature), noise)) == expected


@pytest.mark.parametrize("temperature", [1e-38, 5e-324, 1e-7])
def test_a_temperature_too_small_to_divide_by_is_greedy(temperature: float) -> None:
    assert probs_of(LOGITS, temperature=temperature).tolist() == [1.0] + [0.0] * 7
