"""The TLPO objective at confusion points: pure tensor functions, without a model.

A confusion point has one context and K candidates for the next token, so its group advantage (the paper's token-level
counterpart of a group-relative baseline) and its clipped ratio need one row of the logits, never a sequence.
"""

import math

from torch import Tensor

__all__ = ["admissible_loss", "tlpo_advantages", "tlpo_kl", "tlpo_loss"]

_LARGEST_EXPONENT = 80.0  # nats; a little beyond, exp() and what is made of it leave float32


def tlpo_advantages(probs: Tensor, rewards: Tensor) -> Tensor:
    """Probability-weighted advantages of the candidates of each confusion point.

    mu = sum(p R) / sum(p), w_i = p_i (R_i - mu), A_i = w_i / sum|w|; zeros where sum|w| = 0.

    Args:
        probs: probabilities of the candidates under the sampling policy; floating [..., K], each 0 to 1, not all of the mass.
        rewards: +1 where a candidate stays in the expected language, -1 where it leaves; [..., K].

    Returns:
        Advantages in the dtype of `probs`; [..., K]. They sum to 0 and their magnitudes to 1, or all are 0.
    """
    top = probs.double().amax(dim=-1, keepdim=True)
    weights = probs.double() / top.where(top > 0, 1.0)  # A does not change with the scale of p
    given = rewards.double()
    # R_i - mu as sum_j p_j (R_i - R_j) / sum(p): no cancellation, exactly 0 where all rewards are alike.
    above = ((given.unsqueeze(-1) - given.unsqueeze(-2)) * weights.unsqueeze(-2)).sum(dim=-1)
    weighted = weights * above
    total = weighted.abs().sum(dim=-1, keepdim=True)
    advantages = weighted / total.where(total > 0, 1.0)
    return advantages.to(probs.dtype)


def tlpo_kl(logp: Tensor, logp_ref: Tensor) -> Tensor:
    """The estimator of KL(policy || reference) at single tokens: exp(d) - d - 1 with d = logp_ref - logp.

    Args:
        logp: log-probabilities under the policy, nats; floating, any shape.
        logp_ref: the same under the reference policy.

    Returns:
        Estimates in nats, never negative, in the shape and dtype of `logp`. Beyond d = 80 exp goes on as its tangent.
    """
    return _kl(logp.double(), logp_ref.double()).to(logp.dtype)


def _kl(logp: Tensor, logp_ref: Tensor) -> Tensor:
    distance = logp_ref - logp
    return _expm1(distance) - distance


def _expm1(exponent: Tensor) -> Tensor:
    """exp - 1, and its tangent from the largest exponent on: finite, and the gradient still points back."""
    bounded = exponent.clamp(max=_LARGEST_EXPONENT)
    return bounded.expm1() + bounded.exp() * (exponent - bounded)


def tlpo_loss(
    logp: Tensor,
    logp_old: Tensor,
    logp_ref: Tensor,
    advantages: Tensor,
    clip_low: float = 0.2,
    clip_high: float = 0.2,
    kl_beta: float = 0.04,
) -> Tensor:
    """The clipped TLPO loss, the mean over all candidates of all confusion points.

    - mean_i [ min(rho A, clip(rho, 1 - clip_low, 1 + clip_high) A) - kl_beta kl ], rho = exp(logp - logp_old).

    Args:
        logp: log-probabilities of the candidates under the policy being trained, nats; floating [..., K], with gradient.
        logp_old: the same under the policy that ranked the candidates; [..., K].
        logp_ref: the same under the reference policy (the base model); [..., K].
        advantages: from `tlpo_advantages`; [..., K].
        clip_low: how far the ratio may fall below 1 before its gain stops counting.
        clip_high: how far it may rise above 1.
        kl_beta: weight of the KL term, per nat.

    Returns:
        The loss; a scalar in the dtype of `logp`, computed in float64. 0 where there are no points. It is the formula's for
        ratios up to e^80 (5e34); beyond, exp goes on as its tangent.
    """
    now, advantage = logp.double(), advantages.detach().double()
    ratio = _expm1(now - logp_old.detach().double()) + 1.0
    bounded = ratio.clamp(1.0 - clip_low, 1.0 + clip_high)
    objective = (ratio * advantage).minimum(bounded * advantage) - kl_beta * _kl(now, logp_ref.detach().double())
    return (-objective.sum() / max(objective.numel(), 1)).to(logp.dtype)


def admissible_loss(logp: Tensor, barred: Tensor) -> Tensor:
    """-log(1 - m) at each point, where m is the mass of the tokens that may not stand there.

    Where the script alone decides, this needs no candidates, no look-ahead and no reference. Its gradient is that of the KL from
    the policy's own distribution without the barred tokens.

    Args:
        logp: of the whole vocabulary, nats; floating [P, V], with gradient.
        barred: tokens that may not stand; bool [P, V].

    Returns:
        Nats; [P]. 0 at points where nothing or everything is barred, which teach nothing.
    """
    teaches = barred.any(dim=-1) & ~barred.all(dim=-1)
    out = barred & teaches.unsqueeze(-1)  # all of a row at -inf would have no gradient
    lost: Tensor = -logp.masked_fill(out, -math.inf).logsumexp(dim=-1)
    return lost.where(teaches, 0.0)
