"""A training step with a forward of its own for each of its parts, and LoRA layers as PEFT has them: what ours is held against.

Exploration, policy and reference each run the model over whole contexts; the base model reads the anchors anew in every step.
What an exploration saves within itself it saves here, too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from distill.config import DistillConfig
from distill.policy_model.bucketing import alike
from distill.policy_model.forward import adapter_off, end_tokens, evaluating, logits_at, pad, rows_at_points
from distill.policy_model.packing import plain_forwards
from distill.selection.groups import Group
from distill.tlpo.anchors import Anchor, AnchorLoss
from distill.tlpo.batches import TLPOBatch, by_length
from distill.tlpo.exploration import Depths, Explored, differ, explore, tail_logp
from distill.tlpo.loss import tlpo_advantages, tlpo_loss
from distill.tlpo.rewards import RulesOf

__all__ = ["StepBefore"]


class StepBefore:
    """The losses of a step's batches.

    Args:
        model: PEFT model with its own layers.
        rules_of: the drift rules of a group.
        anchors: answers that the model is held to.
    """

    def __init__(self, model: Any, rules_of: RulesOf, anchors: Sequence[Anchor], config: DistillConfig) -> None:
        self._model = model
        self._rules_of = rules_of
        self._anchors = anchors
        self._config = config

    def __call__(self, batches: Sequence[TLPOBatch], step: int) -> Iterator[Tensor]:
        """The loss of each batch of a step; scalars with gradient that add up to that of the step."""
        points = sum(batch.points for batch in batches)
        for turn, batch in enumerate(by_length(batches)):
            with plain_forwards():
                total: Any = sum(self._points_loss(part) for part in _by_length(batch.groups))
                anchored = self._anchor_loss(step * len(batches) + turn) / len(batches)
            yield total * self._config.training.point_weight / points + anchored

    def _points_loss(self, groups: Sequence[Group]) -> Tensor:
        settings = self._config.training
        depths = Depths(settings.look_ahead, settings.look_ahead_words)
        explored = explore(
            self._model, groups, self._rules_of, settings.num_candidates, depths, settings.temperature, tail=True
        )
        logp_old, probs, rewards = _with_tail(explored)
        places = (differ(rewards) & (explored.confusion_mass >= settings.event_mass)).nonzero().flatten()
        useful = _only(groups, set(places.tolist()))
        if not useful:
            return torch.zeros(())
        ids, tail = explored.candidate_ids[places], explored.tail
        assert tail is not None
        now = self._logp(useful, ids, tail[places])
        with torch.no_grad(), adapter_off(self._model), evaluating(self._model):
            reference = self._logp(useful, ids, tail[places])
        advantages = tlpo_advantages(probs[places], rewards[places])
        clip = settings.clip
        mean = tlpo_loss(now, logp_old[places], reference, advantages, clip, clip, settings.kl_beta)
        return mean * len(places)

    def _logp(self, groups: Sequence[Group], ids: Tensor, tail: Tensor) -> Tensor:
        """Of the candidates and the tail; float32 [P, K + 1]."""
        logp = (rows_at_points(self._model, groups) / self._config.training.temperature).log_softmax(dim=-1)
        return torch.cat([logp.gather(1, ids), tail_logp(logp, tail).unsqueeze(-1)], dim=-1)

    def _anchor_loss(self, turn: int) -> Tensor:
        settings = self._config.anchors
        draw = AnchorLoss(self._anchors, settings, self._config.seed).chosen(turn, end_tokens(self._model))
        chosen, places = [self._anchors[number] for number, _ in draw], [tokens for _, tokens in draw]
        ids, _ = pad([c.prompt_ids + c.ids for c in chosen])
        rows = torch.tensor([row for row, tokens in enumerate(places) for _ in tokens])
        positions = [len(c.prompt_ids) - 1 + i for c, tokens in zip(chosen, places, strict=True) for i in tokens]
        where = rows, torch.tensor(positions)
        with torch.no_grad(), adapter_off(self._model), evaluating(self._model):
            base = logits_at(self._model, ids, *where, use_cache=False).float().log_softmax(dim=-1)
        now = logits_at(self._model, ids, *where, use_cache=False).float().log_softmax(dim=-1)
        return settings.weight * (base.exp() * (base - now)).sum(dim=-1).mean()


def _by_length(groups: Sequence[Group]) -> list[list[Group]]:
    """Shortest first, those of like length together, so that little is computed for padding."""
    return [[groups[i] for i in chosen] for chosen in alike([len(group.ids) for group in groups])]


def _with_tail(explored: Explored) -> tuple[Tensor, Tensor, Tensor]:
    """Log-probabilities, probabilities and rewards with the tail as one more candidate; float32 [P, K + 1] each."""
    assert explored.tail is not None and explored.tail_logp is not None
    one_more = explored.tail_logp.unsqueeze(-1)
    share = one_more.exp().where(explored.tail.any(dim=-1, keepdim=True), 0.0)
    return (
        torch.cat([explored.logp_old, one_more], dim=-1),
        torch.cat([explored.probs, share], dim=-1),
        torch.cat([explored.rewards, torch.full_like(share, -1.0)], dim=-1),
    )


def _only(groups: Sequence[Group], places: set[int]) -> list[Group]:
    """The groups with those of their points that have a place in a set."""
    found, first = [], 0
    for group in groups:
        points = tuple(point for i, point in enumerate(group.points) if first + i in places)
        first += len(group.points)
        if points:
            found.append(replace(group, ids=group.ids[: points[-1] + 1], points=points))
    return found
