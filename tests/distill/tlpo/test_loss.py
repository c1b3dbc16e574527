import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from distill.policy_model.forward import rows_at_points
from distill.selection.groups import Group
from distill.tlpo.loss import admissible_loss, tlpo_advantages, tlpo_kl, tlpo_loss
from tests.examples import examples

EXTREMES = [1e-45, 1e-38, 1e-34, 1e-30, 1e-8, 0.25, 0.5, 1.0 - 1e-7, 1.0]
REWARD = st.sampled_from([-1.0, 1.0])
PROB = st.one_of(st.floats(2.0**-40, 1.0, width=32), st.sampled_from(EXTREMES))
LOGP = st.one_of(
    st.floats(-8.0, -(2.0**-7), width=32), st.sampled_from(EXTREMES[2:]).map(lambda p: float(torch.tensor(p).log()))
)
CANDIDATES = st.lists(st.tuples(LOGP, LOGP, LOGP, PROB, REWARD), min_size=1, max_size=16)
often = examples(250)


def advantages_by_hand(probs: list[float], rewards: list[float]) -> list[float]:
    """The formula in fractions: nothing is rounded, however small a probability is beside another."""
    exact = [(Fraction(p), Fraction(r)) for p, r in zip(probs, rewards, strict=True)]
    total = sum(p for p, _ in exact)
    mean = sum(p * r for p, r in exact) / total if total else Fraction()
    weights = [p * (r - mean) for p, r in exact]
    size = sum(abs(w) for w in weights)
    return [float(w / size) if size else 0.0 for w in weights]


def loss_by_hand(logp, old, ref, advantages, low=0.2, high=0.2, beta=0.04) -> float:
    terms = []
    for lp, lo, lr, a in zip(logp, old, ref, advantages, strict=True):
        rho = math.exp(lp - lo)
        kl = math.exp(lr - lp) - (lr - lp) - 1
        terms.append(min(rho * a, min(max(rho, 1 - low), 1 + high) * a) - beta * kl)
    return -sum(terms) / len(terms)


def gradient_by_hand(logp, old, ref, advantages, low=0.2, high=0.2, beta=0.04) -> list[float]:
    """d loss / d logp, by the derivative of each term."""
    found = []
    for lp, lo, lr, a in zip(logp, old, ref, advantages, strict=True):
        rho = math.exp(lp - lo)
        stopped = (a > 0 and rho > 1 + high) or (a < 0 and rho < 1 - low)
        found.append(-((0.0 if stopped else rho * a) + beta * (math.exp(lr - lp) - 1)) / len(logp))
    return found


@often
@given(st.lists(st.tuples(st.one_of(PROB, st.just(0.0)), REWARD), min_size=1, max_size=16))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_advantages_follow_the_formula(dtype, candidates):
    probs, rewards = (torch.tensor(column, dtype=dtype) for column in zip(*candidates, strict=True))
    actual = tlpo_advantages(probs, rewards)
    assert actual.dtype == dtype
    assert actual.tolist() == pytest.approx(advantages_by_hand(probs.tolist(), rewards.tolist()), abs=1e-6)


@pytest.mark.parametrize("same", [1e-30, 0.0625, 1.0])
def test_candidates_of_one_probability_share_each_side_evenly(same):
    rewards = torch.tensor([1.0, -1.0, 1.0, -1.0, -1.0])
    expected = torch.where(rewards > 0, 1 / 4, -1 / 6)
    torch.testing.assert_close(tlpo_advantages(torch.full((5,), same), rewards), expected)


@given(st.lists(PROB, min_size=1, max_size=16), REWARD)
def test_one_sided_rewards_give_exactly_zero(probs, reward):
    for dtype in (torch.float32, torch.float64):
        given_probs = torch.tensor(probs, dtype=dtype)
        assert not tlpo_advantages(given_probs, torch.full_like(given_probs, reward)).any()


@pytest.mark.parametrize("small", [1e-38, 1e-30, 1e-17])
def test_a_vanishing_candidate_still_balances_a_certain_one(small):
    actual = tlpo_advantages(torch.tensor([1.0, small]), torch.tensor([1.0, -1.0]))
    assert actual.tolist() == [0.5, -0.5]


def test_no_probability_at_all_gives_zeros():
    assert tlpo_advantages(torch.zeros(2, 3), torch.tensor([1.0, -1.0, 1.0])).tolist() == [[0.0] * 3] * 2


def test_each_point_is_its_own_group():
    probs, rewards = torch.rand(5, 4, 16), torch.randint(0, 2, (5, 4, 16)) * 2.0 - 1.0
    together = tlpo_advantages(probs, rewards)
    for i in range(5):
        for j in range(4):
            torch.testing.assert_close(together[i, j], tlpo_advantages(probs[i, j], rewards[i, j]))


@often
@given(CANDIDATES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_loss_and_its_gradient_follow_the_formula(dtype, candidates):
    logp, old, ref, probs, rewards = (torch.tensor(column, dtype=dtype) for column in zip(*candidates, strict=True))
    advantages = tlpo_advantages(probs, rewards)
    given_numbers = [column.tolist() for column in (logp, old, ref, advantages)]
    actual = tlpo_loss(logp.requires_grad_(), old, ref, advantages)
    actual.backward()
    assert actual.dtype == logp.grad.dtype == dtype
    assert actual.item() == pytest.approx(loss_by_hand(*given_numbers), rel=1e-6, abs=1e-6)
    assert logp.grad.tolist() == pytest.approx(gradient_by_hand(*given_numbers), rel=1e-6, abs=1e-6)


def test_asymmetric_clipping_and_beta():
    columns = ([-1.0, -3.0], [-2.0, -1.0], [-1.5, -1.5], [0.5, -0.5])
    actual = tlpo_loss(*map(torch.tensor, columns), clip_low=0.1, clip_high=0.3, kl_beta=0.5)
    assert actual.item() == pytest.approx(loss_by_hand(*columns, low=0.1, high=0.3, beta=0.5), rel=1e-5)


def test_gradient_at_the_old_policy_is_the_advantage():
    logp = torch.tensor([[-0.5, -1.5, -2.5]], dtype=torch.float64, requires_grad=True)
    advantages = torch.tensor([[0.5, -0.3, -0.2]], dtype=torch.float64)
    tlpo_loss(logp, logp.detach(), logp.detach(), advantages).backward()
    torch.testing.assert_close(logp.grad, -advantages / 3)


def test_no_gradient_past_the_clip_where_the_gain_would_grow():
    far = torch.tensor([-0.1, -3.0], requires_grad=True)
    tlpo_loss(far, torch.tensor([-2.0, -1.0]), far.detach(), torch.tensor([1.0, -1.0])).backward()
    assert far.grad.tolist() == [0.0, 0.0]


def test_beyond_all_measure_the_loss_stays_finite_and_pulls_back():
    logp = torch.tensor([-1e4, -1e-7, -200.0, 0.0], requires_grad=True)
    old, ref = torch.tensor([0.0, -1e4, -1e-7, -90.0]), torch.tensor([0.0, -300.0, 0.0, -1e4])
    loss = tlpo_loss(logp, old, ref, torch.tensor([0.0, -0.5, 0.25, 0.25]))
    loss.backward()
    assert loss.isfinite() and logp.grad.isfinite().all()
    assert logp.grad[0] < -1e30 and logp.grad[2] < -1e30  # far below the reference: up
    assert logp.grad[1] > 1e30  # drifts, and far above the old policy: down


def test_kl_is_zero_only_where_the_policies_agree():
    logp = torch.tensor([-1.0, -1.0, -1.0])
    kl = tlpo_kl(logp, torch.tensor([-1.0, -2.0, -0.5]))
    assert kl[0] == 0 and (kl[1:] > 0).all()


def test_no_points_cost_nothing():
    empty = torch.zeros(0, 16)
    assert tlpo_loss(empty, empty, empty, empty).item() == 0.0


def random_case(seed: int, vocabulary: int = 304):
    """A sequence with one to three points; candidates, policies and rewards drawn from likely and extreme ones."""
    dice = torch.Generator().manual_seed(seed)

    def draw(low: int, high: int, *shape: int) -> torch.Tensor:
        return torch.randint(low, high, shape, generator=dice)

    length, k = int(draw(4, 24, 1)), seed % 16 + 1
    points = sorted(set(draw(0, length, int(draw(1, 4, 1))).tolist()))
    group = Group("r", tuple(draw(0, vocabulary, length).tolist()), 1, tuple(points), "ko")
    scores = torch.rand(len(points), vocabulary, generator=dice)
    candidates = scores.topk(k).indices
    shift = (
        torch.randn(2, len(points), k, generator=dice) * torch.tensor([0.0, 0.2, 3.0, 15.0])[draw(0, 4, len(points), 1)]
    )
    probs = torch.tensor([0.0, *EXTREMES])[draw(0, len(EXTREMES) + 1, len(points), k)]
    probs = probs.where(draw(0, 2, len(points), k) > 0, torch.rand(len(points), k, generator=dice))
    rewards = draw(0, 2, len(points), k) * 2.0 - 1.0
    return group, candidates, shift, probs, rewards


def gradients(model, loss) -> torch.Tensor:
    model.zero_grad()
    loss.backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


def loss_of_separate_sequences(model, group, candidates, old, ref, advantages):
    """Every candidate in a sequence of its own, and the formula written out for each."""
    terms = []
    for row, point in enumerate(group.points):
        for column, candidate in enumerate(candidates[row].tolist()):
            logits = model(torch.tensor([[*group.ids[: point + 1], candidate]])).logits[0]
            logp = (logits[-2] / 0.6).log_softmax(-1)[candidate]
            a, rho = advantages[row][column], (logp - old[row, column]).exp()
            d = ref[row, column] - logp
            terms.append(torch.minimum(rho * a, rho.clamp(0.8, 1.2) * a) - 0.04 * (d.exp() - d - 1))
    return -sum(terms) / len(terms)


@pytest.mark.parametrize("first", range(0, 240, 48))
def test_gradients_of_parameters_are_those_of_a_sequence_a_candidate(gentle_llama, first):
    """Five times 48 cases: every K from 1 to 16, one-sided and tied rewards, probabilities from 0 to 1."""
    for seed in range(first, first + 48):
        group, candidates, shift, probs, rewards = random_case(seed)
        logp = (rows_at_points(gentle_llama, [group]) / 0.6).log_softmax(-1).gather(1, candidates)
        old, ref = (logp.detach() + by for by in shift)
        loss = tlpo_loss(logp, old, ref, tlpo_advantages(probs, rewards))
        by_hand = [advantages_by_hand(*map(torch.Tensor.tolist, row)) for row in zip(probs, rewards, strict=True)]
        expected = loss_of_separate_sequences(gentle_llama, group, candidates, old, ref, by_hand)
        assert loss.item() == pytest.approx(expected.item(), rel=1e-5, abs=1e-5)
        actual, wanted = gradients(gentle_llama, loss), gradients(gentle_llama, expected)
        size = max(1.0, float(wanted.abs().max()))
        torch.testing.assert_close(actual / size, wanted / size, atol=1e-5, rtol=0)


def test_the_admissible_loss_is_what_is_missing_of_the_mass():
    logits = torch.randn(3, 7, dtype=torch.float64, requires_grad=True)
    barred = torch.tensor([[True, True, False, False, True, False, False], [False] * 7, [True] * 7])
    loss = admissible_loss(logits.log_softmax(-1), barred)
    mass = (logits.softmax(-1) * barred).sum(-1)
    torch.testing.assert_close(loss, torch.stack([-(1 - mass[0]).log(), torch.tensor(0.0), torch.tensor(0.0)]))
    loss.sum().backward()
    probs = logits.detach().softmax(-1)
    wanted = torch.where(barred[0], 0.0, probs[0]) / (1 - mass[0].detach())
    torch.testing.assert_close(logits.grad[0], probs[0] - wanted)
    assert torch.equal(logits.grad[1:], torch.zeros(2, 7))


def test_the_admissible_loss_stays_finite_where_hardly_anything_is_left():
    logits = torch.tensor([[300.0, 0.0, -300.0]], requires_grad=True)
    loss = admissible_loss(logits.log_softmax(-1), torch.tensor([[True, True, False]]))
    loss.sum().backward()
    assert loss.item() == pytest.approx(600.0)
    torch.testing.assert_close(logits.grad, torch.tensor([[1.0, 0.0, -1.0]]))
