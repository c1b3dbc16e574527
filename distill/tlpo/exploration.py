"""Exploring the candidates of confusion points: one forward over the contexts, and look-ahead on their shared KV cache."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache

from distill.policy_model.forward import end_tokens, evaluating, point_index, rows_at_points
from distill.selection.groups import Group
from distill.tlpo.look_ahead import ENDED, Start, continuations
from distill.tlpo.rewards import LanguageRules, RulesOf

__all__ = ["ENDED", "Depths", "Explored", "barred_tokens", "differ", "drifting_mass", "explore", "tail_logp"]

NO_TAIL = 0.0


@dataclass(frozen=True, slots=True)
class Depths:
    """Tokens that each candidate is extended by, greedily: of a few letters a script shows, and of a few words a language.

    Attributes:
        script: where a token's letters tell whether it drifts (the paper's k).
        words: where words decide.
    """

    script: int = 3
    words: int = 6

    def of(self, batch: Sequence[Group], rules_of: RulesOf) -> list[int]:
        """Those of the groups of a batch."""
        return [self.script if rules_of(group).script_decides else self.words for group in batch]


@dataclass(frozen=True, slots=True)
class Explored:
    """What the current policy would do at P confusion points.

    Attributes:
        candidate_ids: the K most probable tokens, best first; int64 [P, K].
        probs: their probabilities at the sampling temperature; float32 [P, K].
        logp_old: their log-probabilities at that temperature, nats; float32 [P, K].
        look_ahead_ids: greedy continuations, `ENDED` (-1) from the end-of-sequence on, behind candidates that drift by
            themselves, which need none, and often behind a token that drifts by its script; int64 [P, K, look_ahead].
        rewards: +1 where candidate and look-ahead stay in the language, else -1; float32 [P, K].
        confusion_mass: probability of drifting at that temperature: of the candidates with reward -1, and of the other tokens
            whose script drifts; float32 [P].
        top_drifts: whether the most probable token drifts; bool [P].
        tail: the drifting tokens beyond the candidates, by their script or the word they begin; bool [P, V]. None where nobody
            asked.
        tail_logp: log-probability of these together at that temperature, nats, `NO_TAIL` where there are none; float32 [P].
    """

    candidate_ids: Tensor
    probs: Tensor
    logp_old: Tensor
    look_ahead_ids: Tensor
    rewards: Tensor
    confusion_mass: Tensor
    top_drifts: Tensor
    tail: Tensor | None = None
    tail_logp: Tensor | None = None

    @property
    def useful(self) -> Tensor:
        """Points whose candidates have both rewards; bool [P]."""
        return differ(self.rewards)


def differ(rewards: Tensor) -> Tensor:
    """Whether a point's candidates have both rewards; bool [P] of float32 [P, K]."""
    return rewards.amin(dim=-1) < rewards.amax(dim=-1)


@torch.no_grad()
def explore(
    model: Any,
    batch: Sequence[Group],
    rules_of: RulesOf,
    k: int = 16,
    look_ahead: int | Depths = 3,
    temperature: float = 0.6,
    tail: bool = False,
) -> Explored:
    """Candidates, look-ahead and rewards at every point of a batch, under the current policy.

    Args:
        model: a causal language model with full attention ("sdpa" or "eager"), with or without an adapter.
        batch: groups with P points in all.
        rules_of: the drift rules of a group.
        k: candidates of a point (K).
        look_ahead: tokens that each candidate is extended by, greedily; a number is for all languages.
        temperature: of the sampling policy, above 0.
        tail: whether to tell what drifts beyond the candidates.
    """
    # Without the config every layer keeps all keys; sliding windows would drop the context of the branches.
    cache = DynamicCache()
    with evaluating(model):
        logp = (rows_at_points(model, batch, cache=cache) / temperature).log_softmax(dim=-1)
        logp_old, candidates = logp.topk(min(k, logp.shape[-1]), dim=-1)
        ends = torch.tensor(sorted(end_tokens(model)), device=candidates.device, dtype=torch.long)
        going_on = ~(_decided(batch, candidates, rules_of) | torch.isin(candidates, ends))
        depths = Depths(look_ahead, look_ahead) if isinstance(look_ahead, int) else look_ahead
        ahead = _look_ahead(model, batch, candidates, going_on, cache, depths.of(batch, rules_of), ends, rules_of)
    probs, rewards = logp_old.exp(), _rewards(batch, candidates, ahead, rules_of)
    beyond = _tail(batch, candidates, rules_of) if tail else None
    return Explored(
        candidate_ids=candidates,
        probs=probs,
        logp_old=logp_old,
        look_ahead_ids=ahead,
        rewards=rewards,
        confusion_mass=_mass(logp.exp(), candidates, probs, rewards, batch, rules_of),
        top_drifts=rewards[:, 0] < 0,
        tail=beyond,
        tail_logp=None if beyond is None else tail_logp(logp, beyond),
    )


def tail_logp(logp: Tensor, tail: Tensor) -> Tensor:
    """Log-probability of all tokens of a tail together, `NO_TAIL` where it is empty; float32 [P], with gradient.

    Args:
        logp: of the whole vocabulary; float32 [P, V].
        tail: bool [P, V].
    """
    has_tail = tail.any(dim=-1)
    taken = tail | ~has_tail.unsqueeze(-1)  # all of an empty one: -inf would have no gradient
    together: Tensor = logp.masked_fill(~taken, -math.inf).logsumexp(dim=-1)
    return together.where(has_tail, NO_TAIL)


def _tail(batch: Sequence[Group], candidates: Tensor, rules_of: RulesOf) -> Tensor:
    drifting = _tokens(batch, rules_of, lambda rules, before: rules.drifting(before)).to(candidates.device)
    return drifting.scatter(1, candidates, False)


def _mass(
    all_probs: Tensor, candidates: Tensor, probs: Tensor, rewards: Tensor, batch: Sequence[Group], rules_of: RulesOf
) -> Tensor:
    blocked = _tokens(batch, rules_of, lambda rules, before: rules.blocked(before)).to(probs.device)
    others = (all_probs * blocked).sum(dim=-1) - (probs * blocked.gather(1, candidates)).sum(dim=-1)
    return ((probs * (rewards < 0)).sum(dim=-1) + others).clamp(0.0, 1.0)


def drifting_mass(probs: Tensor, batch: Sequence[Group], rules_of: RulesOf) -> tuple[Tensor, Tensor]:
    """Confusion mass and whether the best token drifts, by the tokens alone, without look-ahead.

    Args:
        probs: probabilities of the whole vocabulary at each point; float32 [P, V].
        batch: the groups of those points.
        rules_of: the drift rules of a group.

    Returns:
        float32 [P], 0 to 1, and bool [P].
    """
    drifts = _tokens(batch, rules_of, lambda rules, before: rules.drifting(before)).to(probs.device)
    best = probs.argmax(dim=-1, keepdim=True)
    return (probs * drifts).sum(dim=-1).clamp(max=1.0), drifts.gather(1, best).squeeze(1)


def barred_tokens(batch: Sequence[Group], rules_of: RulesOf) -> Tensor:
    """The tokens that drift at each point, or leave an invalid character; bool [P, V]."""
    return _tokens(batch, rules_of, lambda rules, before: rules.drifting(before) | rules.breaks(before))


def _tokens(
    batch: Sequence[Group], rules_of: RulesOf, verdict: Callable[[LanguageRules, Sequence[int]], Any]
) -> Tensor:
    """A verdict on every token at each point; bool [P, V]."""
    return torch.stack([torch.tensor(verdict(rules, before)) for rules, before in _answers(batch, rules_of)])


def _decided(batch: Sequence[Group], candidates: Tensor, rules_of: RulesOf) -> Tensor:
    """Candidates that drift whatever follows; bool [P, K]."""
    drifts = [
        [rules.has_drifted(before, [candidate]) for candidate in at_point]
        for (rules, before), at_point in zip(_answers(batch, rules_of), candidates.tolist(), strict=True)
    ]
    return torch.tensor(drifts, device=candidates.device)


def _rewards(batch: Sequence[Group], candidates: Tensor, ahead: Tensor, rules_of: RulesOf) -> Tensor:
    branches = torch.cat([candidates.unsqueeze(-1), ahead], dim=-1).tolist()
    rewards = [
        [-1.0 if rules.drifts(before, [i for i in branch if i != ENDED]) else 1.0 for branch in at_point]
        for (rules, before), at_point in zip(_answers(batch, rules_of), branches, strict=True)
    ]
    return torch.tensor(rewards, dtype=torch.float32, device=candidates.device)


def _answers(batch: Sequence[Group], rules_of: RulesOf) -> Iterator[tuple[LanguageRules, tuple[int, ...]]]:
    """The rules and the answer so far at each point."""
    for group in batch:
        for point in group.points:
            yield rules_of(group), group.output_before(point)


def _look_ahead(
    model: Any,
    batch: Sequence[Group],
    candidates: Tensor,
    going_on: Tensor,
    cache: DynamicCache,
    depths: Sequence[int],
    ends: Tensor,
    rules_of: RulesOf,
) -> Tensor:
    """Greedy continuations of the candidates that go on (bool [P, K]), by a number of tokens for each group of the batch; int64
    [P, K, most of these]."""
    points, column = going_on.nonzero(as_tuple=True)
    row, position = (x[points] for x in point_index(batch, candidates.device))
    ahead = candidates.new_full((*candidates.shape, max(depths, default=0)), ENDED)
    of_row = torch.tensor(depths, device=candidates.device)[row]
    start = Start(candidates[points, column], row, position, of_row)
    answers, tokens, at_point = list(_answers(batch, rules_of)), start.tokens.tolist(), points.tolist()

    def decided(number: int, so_far: Sequence[int]) -> bool:
        rules, before = answers[at_point[number]]
        return bool(rules.has_drifted(before, [tokens[number], *so_far]))

    found = continuations(model, start, cache, ends, decided)
    ahead[:, :, : found.shape[1]][points, column] = found
    return ahead
