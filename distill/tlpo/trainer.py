"""TLPO in the Trainer: every step explores with today's policy and learns at the confusion points only."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import Trainer

from distill.policy_model import packing
from distill.policy_model.base_states import BaseStates
from distill.policy_model.forward import causal_lm, evaluating, logits_at, pad, point_index, rows_at_points, zero
from distill.policy_model.frozen_linear import fold_frozen
from distill.policy_model.partial import Kept, PartialForward
from distill.policy_model.reference import Reference
from distill.policy_model.sharding import refuse_sharding, refuse_zero3
from distill.selection.groups import Group
from distill.tlpo.anchors import AnchorLoss
from distill.tlpo.batches import TLPOBatch, by_length, collate, with_fresh
from distill.tlpo.exploration import barred_tokens, differ, explore, tail_logp
from distill.tlpo.lessons import (
    Barred,
    Lesson,
    OldPolicy,
    dealt,
    explored_together,
    kept_of,
    lessons_of,
    packed,
    together,
)
from distill.tlpo.loss import admissible_loss, tlpo_advantages, tlpo_kl, tlpo_loss
from distill.tlpo.rewards import RulesOf
from distill.tlpo.training_config import TLPOConfig
from tlpo_guard.errors import ConfigurationError

__all__ = ["TLPOConfig", "TLPOTrainer"]

Rollouts = Callable[[Any, int], Sequence[Group]]
"""Fresh confusion points by the model as it is, at an optimizer step."""

AnchorTerm = Callable[..., Tensor]
"""Called with the model and the numbers of some batches: what these pay, added up."""

_AS_MUCH_AS_TLPO = 0.1  # of the admissible loss: TLPO's is a mean over some 17 candidates, whose gradient is a tenth
_IN_A_ROW = 2  # sequences that take no more memory than a padded one; half of what is kept is padding, shared, or saved by layers


class TLPOTrainer(Trainer):  # type: ignore[misc, unused-ignore]
    """Trains the adapter of a PEFT model, or a whole model.

    The reference policy is the same model with the adapter off; of a model without one, a frozen copy that is made at the start,
    or `reference`. Where it would be trained along, the model is refused. Several devices train by DDP, each with the whole
    model; sharded weights (FSDP, ZeRO stage 3) are refused.

    Rows of `train_dataset` hold a context (`input_ids`) and either what may follow it (`candidate_ids` and `rewards`, K of each:
    the loss is then that of these) or `points`, `prompt_length`, `language` as `distill.tlpo.batches.features` makes them, which
    are explored in every step.

    Args:
        rules_of: the drift rules of a group; only for rows that are explored.
        rollouts: confusion points in fresh answers, added to those of each step.
        anchor_loss: what batches pay for leaving the base model elsewhere, by their numbers; None for nothing.
        reference: the model that the KL holds a model without an adapter to, so that it need not be copied.
        kwargs: for `transformers.Trainer`.
    """

    args: TLPOConfig
    loss_is_scaled_for_ga = True  # compute_loss divides by the points of the whole optimizer step

    def __init__(
        self,
        *,
        rules_of: RulesOf | None = None,
        rollouts: Rollouts | None = None,
        anchor_loss: AnchorTerm | None = None,
        reference: Any = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("data_collator", collate)
        self._rules_of = rules_of
        self._rollouts = rollouts
        self._anchor_loss = anchor_loss
        self._turn = 0  # batches of this step so far
        self._partials: PartialForward | None = None
        self._settings: TLPOConfig = kwargs["args"]
        refuse_sharding(self._settings)
        if kwargs.get("model") is None:
            raise ConfigurationError(
                "TLPOTrainer needs `model`: the reference policy is made of it, not of `model_init`"
            )
        self._sums: defaultdict[str, float] = defaultdict(float)
        held = self._settings.kl_beta > 0
        self._reference = BaseStates(Reference.of(kwargs["model"], reference)) if held else None
        self._settings.accumulate(kwargs["train_dataset"])
        super().__init__(**kwargs)
        refuse_zero3(self.accelerator)
        fold_frozen(kwargs["model"])

    def get_batch_samples(
        self, epoch_iterator: Any, num_batches: int, device: Any
    ) -> tuple[list[dict[str, TLPOBatch]], Any]:
        """The batches of one optimizer step, and how many confusion points they hold on all devices."""
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        self._turn = 0
        held = [inputs["batch"] for inputs in batches]
        if self._rollouts is not None and batches:
            fresh = self._rollouts(self.model, self.state.global_step)
            alone = self._settings.only_rollouts and self._on_all_devices(len(fresh)) > 0
            held = with_fresh(held, fresh, alone=alone)
        for inputs, batch in zip(batches, by_length(held), strict=True):
            inputs["batch"] = batch
        total = self._on_all_devices(sum(batch.points for batch in held))
        if self._explores_whole_steps(batches):
            self._part(batches)
        return batches, total

    def _on_all_devices(self, count: int) -> int:
        return int(self.accelerator.gather(torch.tensor(count, device=self.accelerator.device)).sum())

    def _explores_whole_steps(self, batches: Sequence[dict[str, Any]]) -> bool:
        """Whether a step's sequences are explored before its batches are made; where several devices train, each batch needs a
        gradient."""
        given = any(b["batch"].candidate_ids is not None for b in batches)
        return bool(batches) and self.accelerator.num_processes == 1 and not given

    def _part(self, batches: Sequence[dict[str, Any]]) -> None:
        """Explore the sequences of all batches and deal those that teach something out anew, full batches first; batches that get
        none take the turns of the anchors."""
        groups = [group for b in batches for group in b["batch"].groups]
        most = self._settings.per_device_train_batch_size
        with self.compute_loss_context_manager():
            lessons = self._explored_lessons(self.model, groups)
        if packing.packs(causal_lm(self.model), max(len(group.ids) for group in groups)):
            most *= _IN_A_ROW
        parts = packed(lessons, most, len(batches))
        turns = dealt(len(batches), [len(part) for part in parts], most)
        for inputs, part, of_part in zip(batches, parts, turns, strict=True):
            inputs["part"] = _Part(part, of_part)

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The TLPO loss of one batch, weighted by its share of the step's points; a scalar."""
        batch: TLPOBatch = inputs["batch"]
        part: _Part | None = inputs.get("part")
        # DDP averages over the devices; the step's loss is the mean over the points of all of them.
        devices = self.accelerator.num_processes
        total = num_items_in_batch or devices * batch.points
        turns = [self._turn] if part is None else part.turns
        self._turn += 1
        anchored: Any = 0.0
        if part is not None and self._in_a_row(model, part):
            of_points, anchored = self._with_anchors(model, part)
            losses = [of_points]
        else:
            losses = self._batch_losses(model, batch) if part is None else self._lesson_losses(model, part.lessons)
            if self._anchor_loss is not None and turns:
                anchored = self._anchored(self._anchor_loss(model, *self._anchor_numbers(turns)), turns)
        loss = self._settings.point_weight * sum(losses) * (devices / total) + anchored
        if not isinstance(loss, Tensor):
            loss = zero(model)  # where nothing is learnt gradients are zero, on any number of devices
        return (loss, {}) if return_outputs else loss

    def _in_a_row(self, model: Any, part: "_Part") -> bool:
        """Whether one forward takes a part's sequences and its anchors."""
        longest = max((len(lesson.group.ids) for lesson in part.lessons), default=0)
        known = isinstance(self._anchor_loss, AnchorLoss) and bool(part.turns) and longest > 0
        return known and packing.packs(causal_lm(model), longest)

    def _with_anchors(self, model: Any, part: "_Part") -> tuple[Tensor, Tensor]:
        """The sum of the points' losses, and the part's share of the anchors'; scalars."""
        assert isinstance(self._anchor_loss, AnchorLoss)
        groups = [lesson.group for lesson in part.lessons]
        draw = self._anchor_loss.drawn(model, *self._anchor_numbers(part.turns))
        ids, _ = pad([*(group.ids for group in groups), *draw.ids.tolist()], draw.ids.device)
        rows, positions = point_index(groups, ids.device)
        where = torch.cat([rows, draw.rows + len(groups)]), torch.cat([positions, draw.positions])
        with self._partial(model).given(Kept.together([kept_of(part.lessons), draw.kept], ids.shape[1])):
            logits = logits_at(model, ids, *where, use_cache=False)
        points = self._points_loss(model, part.lessons, logits[: len(rows)].float())
        return points, self._anchored(self._anchor_loss.of(draw, logits[len(rows) :]), part.turns)

    def _batch_losses(self, model: Any, batch: TLPOBatch) -> list[Tensor]:
        together = self._losses_together(model, batch.groups)
        return [self._points_loss(model, self._batch_lessons(model, batch.only(chosen))) for chosen in together]

    def _lesson_losses(self, model: Any, lessons: Sequence[Lesson]) -> list[Tensor]:
        parts = self._losses_together(model, [lesson.group for lesson in lessons])
        return [self._points_loss(model, [lessons[i] for i in chosen]) for chosen in parts]

    def _losses_together(self, model: Any, groups: Sequence[Group]) -> list[list[int]]:
        if self.accelerator.device.type == "cpu":
            return _together(model, groups)
        return [list(range(len(groups)))] * bool(groups)  # a GPU has room for padding

    def _points_loss(self, model: Any, lessons: Sequence[Lesson], rows: Tensor | None = None) -> Tensor:
        """The sum of the points' losses, of the policy's logits there (float32 [P, V]) if they are known; a scalar."""
        if rows is None:
            with self._partial(model).given(kept_of(lessons)):
                rows = rows_at_points(model, [lesson.group for lesson in lessons])
        explored = torch.tensor(
            [isinstance(x.old, OldPolicy) for x in lessons for _ in x.group.points], device=rows.device
        )
        if explored.all():
            return self._tlpo(model, lessons, rows)  # picking all of them would copy them
        loss = _admissible([x.old for x in lessons if isinstance(x.old, Barred)], rows[~explored])
        chosen = [lesson for lesson in lessons if isinstance(lesson.old, OldPolicy)]
        return loss + self._tlpo(model, chosen, rows[explored]) if chosen else loss

    def _tlpo(self, model: Any, lessons: Sequence[Lesson], rows: Tensor) -> Tensor:
        """Of points that were explored, and the policy's logits there (float32 [P, V])."""
        args, groups, old = self._settings, [lesson.group for lesson in lessons], together(lessons)
        logp = self._candidate_logp(rows, old)
        logp_ref = logp.detach()
        if self._reference is not None:
            rows_ref = self._reference.rows(model, groups, [lesson.old.kept for lesson in lessons])
            logp_ref = self._candidate_logp(rows_ref, old)
        kept = old.keep.unsqueeze(-1)
        now, before, reference = (x.where(kept, 0.0) for x in (logp, old.logp, logp_ref))
        if self._reference is not None:
            self._sums["kl"] += float(tlpo_kl(now.detach(), reference).mean(dim=-1).sum())
            self._sums["held"] += float(old.keep.sum())
        advantages = tlpo_advantages(old.probs, old.rewards).where(kept, 0.0)
        mean = tlpo_loss(now, before, reference, advantages, args.clip_low, args.clip_high, args.kl_beta)
        return mean * len(old.keep)

    def _anchor_numbers(self, turns: Sequence[int]) -> list[int]:
        """Of a step's batches among all; every device draws anchors of its own."""
        first = self.state.global_step * self.current_gradient_accumulation_steps
        return [(first + turn) * self.accelerator.num_processes + self.accelerator.process_index for turn in turns]

    def _anchored(self, kl: Tensor, turns: Sequence[int]) -> Tensor:
        """What the anchors of some batches, added up, are of the step's loss."""
        self._sums["anchor_kl"] += float(kl.detach())
        self._sums["anchored"] += len(turns)
        return kl / self.current_gradient_accumulation_steps

    def _batch_lessons(self, model: Any, batch: TLPOBatch) -> list[Lesson]:
        """Those of one batch, of which at least one is there."""
        if batch.candidate_ids is None:
            return self._explored_lessons(model, batch.groups, at_least_one=True)
        old = self._from_given_candidates(model, batch)
        self._note_points(old.mass, old.keep)
        return lessons_of(batch.groups, old, at_least_one=True)

    def _explored_lessons(self, model: Any, groups: Sequence[Group], *, at_least_one: bool = False) -> list[Lesson]:
        found, most = list[Lesson](), self._settings.per_device_train_batch_size
        for explored, of_kind in self._kinds(groups):
            for part in explored_together(of_kind, most, _together(model, of_kind)):
                old = self._explored(model, part) if explored else self._barred(model, part)
                self._note_points(old.mass, old.keep)
                found += lessons_of(part, old)
        return found if found or not at_least_one else lessons_of(part, old, at_least_one=True)

    def _kinds(self, groups: Sequence[Group]) -> list[tuple[bool, list[Group]]]:
        """The sequences whose candidates are explored, and those where letters alone tell what may stand."""
        if self._settings.objective != "admissible":
            return [(True, list(groups))]
        rules_of = self._rules()
        by_words = [group for group in groups if not rules_of(group).script_decides]
        by_letters = [group for group in groups if rules_of(group).script_decides]
        return [(explored, of_kind) for explored, of_kind in ((True, by_words), (False, by_letters)) if of_kind]

    def _explored(self, model: Any, groups: Sequence[Group]) -> OldPolicy:
        args = self._settings
        with self._partial(model).keeping() as kept:
            explored = explore(
                model, groups, self._rules(), args.num_candidates, args.depths, args.explore_temperature, args.tail
            )
        return OldPolicy.of(explored, args.event_mass, kept)

    @torch.no_grad()
    def _barred(self, model: Any, groups: Sequence[Group]) -> Barred:
        with self._partial(model).keeping() as kept, evaluating(model):
            rows = rows_at_points(model, groups)
        tokens = barred_tokens(groups, self._rules()).to(rows.device)
        mass = self._logp(rows).exp().where(tokens, 0.0).sum(dim=-1)
        return Barred(tokens, mass >= self._settings.event_mass, mass, kept)

    def _partial(self, model: Any) -> PartialForward:
        if self._partials is None or self._partials.model is not model:
            self._partials = PartialForward(model)
        return self._partials

    def _rules(self) -> RulesOf:
        if self._rules_of is None:
            raise ValueError(
                "rows without candidate_ids and rewards are explored, for which TLPOTrainer needs rules_of"
            )
        return self._rules_of

    @torch.no_grad()
    def _from_given_candidates(self, model: Any, batch: TLPOBatch) -> OldPolicy:
        candidate_ids, rewards = batch.candidate_ids, batch.rewards
        assert candidate_ids is not None and rewards is not None
        candidate_ids, rewards = candidate_ids.to(model.device), rewards.to(model.device)
        with evaluating(model):
            logp = self._logp(rows_at_points(model, batch.groups)).gather(1, candidate_ids)
        probs = logp.exp()
        return OldPolicy(candidate_ids, logp, probs, rewards, differ(rewards), (probs * (rewards < 0)).sum(dim=-1))

    def _candidate_logp(self, rows: Tensor, old: OldPolicy) -> Tensor:
        """Log-probabilities of the candidates, and of the tail where there is one, nats; float32 [P, K] or [P, K + 1]."""
        logp = self._logp(rows)
        chosen = logp.gather(1, old.candidate_ids)
        return chosen if old.tail is None else torch.cat([chosen, tail_logp(logp, old.tail).unsqueeze(-1)], dim=-1)

    def _logp(self, rows: Tensor) -> Tensor:
        """Of the whole vocabulary at the temperature of exploration, nats; float32 [P, V] of logits [P, V]."""
        return (rows / self._settings.explore_temperature).log_softmax(dim=-1)

    def _note_points(self, mass: Tensor, keep: Tensor) -> None:
        self._sums["points"] += len(keep)
        self._sums["useful"] += float(keep.sum())
        self._sums["mass"] += float(mass.sum())

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """Adds the mean confusion mass, the share of useful points and the KL since the last line; of this process's points."""
        if self._sums["points"]:
            logs["confusion_mass"] = self._sums["mass"] / self._sums["points"]
            logs["useful_points"] = self._sums["useful"] / self._sums["points"]
            if self._sums["anchored"]:
                logs["anchor_loss"] = self._sums["anchor_kl"] / self._sums["anchored"]
            if self._sums["held"]:
                logs["kl"] = self._sums["kl"] / self._sums["held"]
            self._sums.clear()
        super().log(logs, *args, **kwargs)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one backward pass learns from: sequences, and the batches of the step whose anchors it takes."""

    lessons: Sequence[Lesson]
    turns: Sequence[int]


def _admissible(points: Sequence[Barred], rows: Tensor) -> Tensor:
    """The sum of the points' losses, of the policy's logits there (float32 [P, V]); a scalar."""
    tokens, keep = torch.cat([x.tokens for x in points]), torch.cat([x.keep for x in points])
    return _AS_MUCH_AS_TLPO * admissible_loss(rows.log_softmax(dim=-1), tokens).where(keep, 0.0).sum()


def _together(model: Any, groups: Sequence[Group]) -> list[list[int]]:
    return packing.together(causal_lm(model), [len(group.ids) for group in groups])
