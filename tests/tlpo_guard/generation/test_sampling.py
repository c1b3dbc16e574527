"""Draws: their frequencies, their cuts, and what drawing again does where a winner is kept out."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tlpo_guard.generation.distribution import RowSampling, cut, cut_by_tensor, distribution
from tlpo_guard.generation.distribution import pick as pick_by_tensor
from tlpo_guard.generation.drawn import draw
from tlpo_guard.generation.draws import Draws, SamplingParams

LOGITS = torch.tensor([[2.0, 1.0, 0.0, -1.0, 1.5, -3.0, 0.5, 0.9]])
SEEDS = 20_000
CHI_SQUARE_OF_SEVEN = 24.3  # exceeded once in a thousand where the frequencies are right


def how(params: Sequence[SamplingParams]) -> RowSampling:
    return RowSampling(
        np.array([1.0 if p.greedy else p.temperature for p in params], dtype=np.float32),
        np.array([p.top_p for p in params]),
        np.array([p.top_k or 0 for p in params]),
        np.array([p.min_p for p in params]),
    )


def own(logits: torch.Tensor, params: Sequence[SamplingParams]) -> torch.Tensor:
    return distribution(logits, how(params))[1]


def probs_of(logits: torch.Tensor, **params: float | int | None) -> torch.Tensor:
    return own(logits, [SamplingParams(**params)])[0]  # type: ignore[arg-type]


def pick(probs: torch.Tensor, uniforms: Sequence[float]) -> torch.Tensor:
    return pick_by_tensor(probs, torch.tensor(uniforms, dtype=torch.float64))


def winners(logits: torch.Tensor, params: Sequence[SamplingParams], uniforms: Sequence[float]) -> list[int]:
    greedy = np.array([p.greedy for p in params])
    return draw(logits, how(params), greedy, np.array(uniforms)).winners.tolist()


def chi_square(counts: torch.Tensor, probs: torch.Tensor) -> float:
    expected = probs * counts.sum()
    return float(((counts - expected) ** 2 / expected)[probs > 0].sum())


def by_hand(
    logits: torch.Tensor, temperature: float, top_k: int | None, top_p: float, min_p: float = 0.0
) -> list[float]:
    """The definition: what min-p leaves, of that the k best, of these the smallest set that holds the mass."""
    weights = (logits.double() / temperature).exp().tolist()
    enough = [i for i in range(len(weights)) if weights[i] >= min_p * max(weights)]
    order = sorted(enough, key=lambda i: -weights[i])[:top_k]
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
        {"min_p": 0.3},
        {"temperature": 1.3, "top_k": 6, "top_p": 0.9},
    ],
)
def test_a_token_wins_as_often_as_it_is_probable(params: dict[str, float]) -> None:
    probs = probs_of(LOGITS, **params)
    uniforms = [Draws(seed).next()[0] for seed in range(SEEDS)]
    counts = torch.bincount(pick(probs.expand(SEEDS, -1), uniforms), minlength=8)
    assert counts[probs == 0].sum() == 0
    assert chi_square(counts, probs) < CHI_SQUARE_OF_SEVEN


def test_the_steps_of_one_request_are_independent() -> None:
    draws, probs = Draws(3), probs_of(LOGITS)
    winners = pick(probs.expand(SEEDS, -1), [draws.next()[0] for _ in range(SEEDS)]).tolist()
    assert chi_square(torch.bincount(torch.tensor(winners), minlength=8), probs) < CHI_SQUARE_OF_SEVEN
    repeats = sum(a == b for a, b in pairwise(winners)) / (SEEDS - 1)
    assert repeats == pytest.approx(float((probs**2).sum()), abs=0.02)


def test_drawing_again_where_the_winner_is_kept_out_is_drawing_given_that_it_is_not_drawn() -> None:
    out = [0, 4]
    probs, draws = probs_of(LOGITS), Draws(7)
    masked = LOGITS.clone()
    masked[0, out] = -torch.inf
    left = probs_of(masked)
    uniforms = [draws.next() for _ in range(SEEDS)]
    first = pick(probs.expand(SEEDS, -1), [u[0] for u in uniforms])
    second = pick(left.expand(SEEDS, -1), [u[1] for u in uniforms])
    kept_out = torch.isin(first, torch.tensor(out))
    counts = torch.bincount(torch.where(kept_out, second, first), minlength=8)
    assert counts[out].sum() == 0
    assert chi_square(counts, left) < CHI_SQUARE_OF_SEVEN


@examples(200)
@given(st.integers(1, 700), st.integers(0, 2**32), st.floats(0, 1, exclude_min=True), st.sampled_from([0.1, 3.0, 40.0]))
def test_the_winner_is_where_the_cumulative_distribution_reaches_the_uniform(
    size: int, seed: int, uniform: float, spread: float
) -> None:
    logits = torch.randn(1, size, generator=torch.Generator().manual_seed(seed)) * spread
    logits[0, ::3] = -torch.inf
    logits[0, size // 2] = 0.0
    probs = own(logits, [SamplingParams()])
    winner = int(pick(probs, [uniform]))
    assert probs[0, winner] > 0
    reached = probs[0].double().cumsum(0) / probs[0].double().sum()
    assert reached[winner] >= uniform - 1e-6
    assert winner == 0 or reached[winner - 1] <= uniform + 1e-6


@pytest.mark.parametrize("top_k", [None, 1, 3, 8, 100])
@pytest.mark.parametrize("top_p", [5e-324, 1e-6, 0.3, 0.7, 0.95, 1.0])
@pytest.mark.parametrize("temperature", [0.2, 1.0, 2.0])
def test_cuts_follow_their_definition(temperature: float, top_p: float, top_k: int | None) -> None:
    probs = probs_of(LOGITS, temperature=temperature, top_p=top_p, top_k=top_k)
    assert probs.tolist() == pytest.approx(by_hand(LOGITS[0], temperature, top_k, top_p), abs=1e-6)


def test_greedy_is_certain_of_the_most_probable_token_whatever_else_is_set() -> None:
    params = SamplingParams(temperature=0.0, top_k=2, top_p=0.1)
    assert winners(LOGITS, [params], [0.99]) == [0]
    assert winners(LOGITS.flip(-1), [params], [0.0001]) == [7]


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
    together = own(logits, params)
    for row, p in enumerate(params):
        torch.testing.assert_close(together[row], own(logits[row : row + 1], [p])[0])
    assert [int((row > 0).sum()) for row in together[[1, 3]]] == [4, 32]
    assert torch.equal(logits, before)


def test_a_mixed_batch_chooses_as_each_row_alone() -> None:
    logits = torch.randn(5, 300, generator=torch.Generator().manual_seed(2)) * 3
    params = [SamplingParams(temperature=t, top_p=p) for t, p in [(0.0, 1), (0.7, 1), (0.0, 0.5), (1.0, 0.9), (2.0, 1)]]
    uniforms = [0.1, 0.5, 0.7, 0.9, 1.0]
    together = winners(logits, params, uniforms)
    for row in range(5):
        assert winners(logits[row : row + 1], params[row : row + 1], uniforms[row : row + 1]) == [together[row]]


def test_a_seed_repeats_the_draws_and_branches_have_their_own() -> None:
    first, second = Draws(11), Draws(11)
    steps = [(first.next(), second.next()) for _ in range(5)]
    assert all(a == b for a, b in steps)
    assert len({a for a, _ in steps}) == 5
    others = [Draws(12).next(), Draws(11, branch=1).next(), Draws(-11).next()]
    assert len({steps[0][0], *others}) == 4


def test_without_a_seed_no_two_requests_are_alike() -> None:
    assert len({Draws(None).next() for _ in range(8)}) == 8


@pytest.mark.parametrize("temperature", [1e-38, 5e-324, 1e-7])
def test_a_temperature_too_small_to_divide_by_is_greedy(temperature: float) -> None:
    assert winners(LOGITS, [SamplingParams(temperature=temperature)], [1.0]) == [0]


@examples(200)
@given(
    st.integers(2, 400),
    st.integers(0, 2**32),
    st.sampled_from([0.3, 0.9, 0.999, 1.0]),
    st.sampled_from([0, 1, 7, 50]),
    st.sampled_from([0.0, 0.02, 0.5, 1.0]),
    st.sampled_from([0.5, 3.0, 40.0]),
)
def test_cuts_by_sorting_all_and_by_sorting_what_may_stay_are_one(
    size: int, seed: int, top_p: float, top_k: int, min_p: float, spread: float
) -> None:
    logits = torch.randn(3, size, generator=torch.Generator().manual_seed(seed)) * spread
    logits[:, : size // 2] = logits[:, : size // 2].round()  # tokens of one probability
    probs = torch.softmax(logits, dim=-1)
    sampling = RowSampling(np.ones(3, np.float32), np.full(3, top_p), np.full(3, top_k), np.full(3, min_p))
    by_sorting = cut_by_tensor(probs, sampling)
    torch.testing.assert_close(cut(probs, sampling), by_sorting)


def test_rows_without_numbers_still_bring_a_token() -> None:
    probs = torch.stack([torch.full((300,), torch.nan), torch.eye(300)[299]])
    assert pick(probs, [0.5, 1.0]).tolist() == [299, 299]
