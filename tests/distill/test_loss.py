import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from distill.loss import tlpo_advantages, tlpo_kl, tlpo_loss

REWARD = st.sampled_from([-1.0, 1.0])
PROB = st.one_of(st.floats(1e-12, 1.0), st.sampled_from([1e-8, 0.25, 0.5, 1.0]))


def advantages_by_hand(probs: list[float], rewards: list[float]) -> list[float]:
    mean = sum(p * r for p, r in zip(probs, rewards, strict=True)) / sum(probs)
    weights = [p * (r - mean) for p, r in zip(probs, rewards, strict=True)]
    total = sum(abs(w) for w in weights)
    return [w / total if total else 0.0 for w in weights]


def loss_by_hand(logp, old, ref, advantages, low=0.2, high=0.2, beta=0.04) -> float:
    terms = []
    for lp, lo, lr, a in zip(logp, old, ref, advantages, strict=True):
        rho = math.exp(lp - lo)
        kl = math.exp(lr - lp) - (lr - lp) - 1
        terms.append(min(rho * a, min(max(rho, 1 - low), 1 + high) * a) - beta * kl)
    return -sum(terms) / len(terms)


@given(st.lists(st.tuples(PROB, REWARD), min_size=2, max_size=16).filter(lambda c: len({r for _, r in c}) == 2))
def test_advantages_follow_the_formula(candidates):
    probs, rewards = map(list, zip(*candidates, strict=True))
    actual = tlpo_advantages(torch.tensor(probs, dtype=torch.float64), torch.tensor(rewards))
    # By hand the best candidate's weight cancels to 1e-16 of its size, so the tolerance follows the smaller side.
    smaller = min(sum(p for p, r in candidates if r == side) for side in (-1.0, 1.0)) / sum(probs)
    assert actual.tolist() == pytest.approx(advantages_by_hand(probs, rewards), abs=1e-14 / smaller)
    assert actual.abs().sum().item() == pytest.approx(1.0)
    assert actual.sum().item() == pytest.approx(0.0, abs=1e-9)


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


@given(st.lists(st.tuples(*[st.floats(-8.0, -0.01)] * 3, st.floats(-1.0, 1.0)), min_size=1, max_size=16))
def test_loss_follows_the_formula(candidates):
    logp, old, ref, advantages = map(list, zip(*candidates, strict=True))
    actual = tlpo_loss(*(torch.tensor(x, dtype=torch.float64) for x in (logp, old, ref, advantages)))
    assert actual.item() == pytest.approx(loss_by_hand(logp, old, ref, advantages), rel=1e-9, abs=1e-12)


def test_asymmetric_clipping_and_beta():
    columns = ([-1.0, -3.0], [-2.0, -1.0], [-1.5, -1.5], [0.5, -0.5])
    actual = tlpo_loss(*map(torch.tensor, columns), clip_low=0.1, clip_high=0.3, kl_beta=0.5)
    assert actual.item() == pytest.approx(loss_by_hand(*columns, low=0.1, high=0.3, beta=0.5), rel=1e-5)


def test_gradient_at_the_old_policy_is_the_advantage():
    logp = torch.tensor([[-0.5, -1.5, -2.5]], dtype=torch.float64, requires_grad=True)
    advantages = torch.tensor([[0.5, -0.3, -0.2]], dtype=torch.float64)
    tlpo_loss(logp, logp.detach(), logp.detach(), advantages).backward()
    torch.testing.assert_close(logp.grad, -advantages / 3)


def test_gradient_is_right_numerically_and_stops_past_the_clip():
    torch.manual_seed(0)
    old, ref = -torch.rand(2, 4, dtype=torch.float64) - 1, -torch.rand(2, 4, dtype=torch.float64) - 1
    advantages = torch.randn(2, 4, dtype=torch.float64)
    logp = (old + 0.05).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: tlpo_loss(x, old, ref, advantages), (logp,))
    far = torch.tensor([-0.1, -3.0], requires_grad=True)
    tlpo_loss(far, torch.tensor([-2.0, -1.0]), far.detach(), torch.tensor([1.0, -1.0])).backward()
    assert far.grad.tolist() == [0.0, 0.0]


def test_extreme_probabilities_stay_finite():
    logp = torch.tensor([-1e4, -1e-7, -200.0, 0.0], requires_grad=True)
    old, ref = torch.tensor([0.0, -1e4, -1e-7, -90.0]), torch.tensor([0.0, -300.0, 0.0, -1e4])
    loss = tlpo_loss(logp, old, ref, torch.tensor([0.0, -0.5, 0.25, 0.25]))
    loss.backward()
    assert loss.isfinite() and logp.grad.isfinite().all()


def test_kl_is_zero_only_where_the_policies_agree():
    logp = torch.tensor([-1.0, -1.0, -1.0])
    kl = tlpo_kl(logp, torch.tensor([-1.0, -2.0, -0.5]))
    assert kl[0] == 0 and (kl[1:] > 0).all()


def test_no_points_cost_nothing():
    empty = torch.zeros(0, 16)
    assert tlpo_loss(empty, empty, empty, empty).item() == 0.0
