"""TLPO in the Trainer: every step explores with today's policy and learns at the confusion points only."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers import Trainer, TrainingArguments

from distill.exploration import Explored, RulesOf, explore
from distill.forward import rows_at_points
from distill.loss import tlpo_advantages, tlpo_kl, tlpo_loss
from distill.points import Group

__all__ = ["TLPOConfig", "TLPOTrainer", "features"]


@dataclass
class TLPOConfig(TrainingArguments):
    """The paper's settings as defaults, with a learning rate for LoRA (5e-7 is for full fine-tuning).

    Attributes:
        num_candidates: candidates of a confusion point (the paper's K).
        look_ahead: tokens that each candidate is extended by, greedily (the paper's k).
        clip_low: how far the ratio may fall below 1.
        clip_high: how far the ratio may rise above 1.
        kl_beta: weight of the KL to the base model, per nat.
        explore_temperature: of the sampling policy.
        event_mass: confusion mass below which a point teaches nothing any more and is left out; 0 keeps all.
        points_per_step: token updates of an optimizer step; decides how many batches are accumulated.
    """

    num_candidates: int = 16
    look_ahead: int = 3
    clip_low: float = 0.2
    clip_high: float = 0.2
    kl_beta: float = 0.04
    explore_temperature: float = 0.6
    event_mass: float = 0.0
    points_per_step: int = 128

    learning_rate: float = 1e-4
    lr_scheduler_type: str = "cosine_with_min_lr"
    lr_scheduler_kwargs: dict[str, Any] | str | None = field(default_factory=lambda: {"min_lr_rate": 0.1})
    warmup_steps: float = 0.1  # a share of the steps
    adam_beta1: float = 0.9
    adam_beta2: float = 0.95
    weight_decay: float = 0.1
    max_grad_norm: float = 1.0
    per_device_train_batch_size: int = 8
    remove_unused_columns: bool = False
    dataloader_pin_memory: bool = False
    logging_steps: float = 1
    save_strategy: str = "no"
    report_to: str | list[str] | None = "none"
    disable_tqdm: bool | None = True
    use_cpu: bool = field(default_factory=lambda: not torch.cuda.is_available())


def features(groups: Sequence[Group], most_points: int = 8) -> list[dict[str, Any]]:
    """Rows of a training set; sequences with many points become several rows, each cut after its last point."""
    rows = []
    for group in groups:
        for start in range(0, len(group.points), most_points):
            points = group.points[start : start + most_points]
            rows.append(
                {
                    "input_ids": list(group.ids[: points[-1] + 1]),
                    "prompt_length": group.prompt_length,
                    "points": list(points),
                    "language": group.language,
                    "allow_english": group.allow_english,
                    "allow_hanja": group.allow_hanja,
                    "scripts": group.scripts,
                }
            )
    return rows


def _collate(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    groups = [
        Group(
            request_id="",
            ids=tuple(row["input_ids"]),
            prompt_length=row["prompt_length"],
            points=tuple(row["points"]),
            language=row["language"],
            allow_english=row["allow_english"],
            allow_hanja=row["allow_hanja"],
            scripts=row["scripts"],
        )
        for row in rows
    ]
    return {"groups": groups}


class TLPOTrainer(Trainer):  # type: ignore[misc, unused-ignore]
    """Trains the adapter of a PEFT model; the reference policy is the same model with the adapter off.

    Args:
        rules_of: the drift rules of a group.
        kwargs: for `transformers.Trainer`; `train_dataset` holds rows made by `features`.
    """

    args: TLPOConfig
    loss_is_scaled_for_ga = True  # compute_loss divides by the points of the whole optimizer step

    def __init__(self, *, rules_of: RulesOf, **kwargs: Any) -> None:
        kwargs.setdefault("data_collator", _collate)
        args, rows = kwargs["args"], kwargs["train_dataset"]
        per_row = sum(len(row["points"]) for row in rows) / max(len(rows), 1)
        wanted = round(args.points_per_step / max(per_row * args.per_device_train_batch_size, 1.0))
        batches = -(-len(rows) // args.per_device_train_batch_size)
        args.gradient_accumulation_steps = max(1, min(wanted, batches))
        self._rules_of = rules_of
        self._settings: TLPOConfig = args
        self._sums: defaultdict[str, float] = defaultdict(float)
        super().__init__(**kwargs)

    def get_batch_samples(self, epoch_iterator: Any, num_batches: int, device: Any) -> tuple[list[Any], Any]:
        """The batches of one optimizer step, and how many confusion points they hold."""
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        return batches, sum(len(group.points) for batch in batches for group in batch["groups"])

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The TLPO loss of one batch, weighted by its share of the step's points; a scalar."""
        batch: list[Group] = inputs["groups"]
        args = self._settings
        explored = explore(model, batch, self._rules_of, args.num_candidates, args.look_ahead, args.explore_temperature)
        keep = explored.useful & (explored.confusion_mass >= args.event_mass)
        logp = self._candidate_logp(model, batch, explored)[keep]
        with torch.no_grad(), model.disable_adapter():
            logp_ref = self._candidate_logp(model, batch, explored)[keep]
        advantages = tlpo_advantages(explored.probs[keep], explored.rewards[keep])
        loss = tlpo_loss(
            logp, explored.logp_old[keep], logp_ref, advantages, args.clip_low, args.clip_high, args.kl_beta
        )
        self._note(explored, keep, logp, logp_ref)
        share = int(keep.sum()) / (num_items_in_batch or len(keep))
        loss = loss * share
        return (loss, explored) if return_outputs else loss

    def _candidate_logp(self, model: Any, batch: list[Group], explored: Explored) -> Tensor:
        """Log-probabilities of the candidates at the sampling temperature, nats; float32 [P, K]."""
        rows = rows_at_points(model, batch) / self._settings.explore_temperature
        logp: Tensor = rows.log_softmax(dim=-1).gather(1, explored.candidate_ids)
        return logp

    def _note(self, explored: Explored, keep: Tensor, logp: Tensor, logp_ref: Tensor) -> None:
        self._sums["points"] += len(keep)
        self._sums["useful"] += float(keep.sum())
        self._sums["mass"] += float(explored.confusion_mass.sum())
        self._sums["kl"] += float(tlpo_kl(logp.detach(), logp_ref).mean(dim=-1).sum())

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """Adds the mean confusion mass, the share of useful points and the KL since the last line."""
        if self._sums["points"]:
            logs["confusion_mass"] = self._sums["mass"] / self._sums["points"]
            logs["useful_points"] = self._sums["useful"] / self._sums["points"]
            logs["kl"] = self._sums["kl"] / max(self._sums["useful"], 1.0)
            self._sums.clear()
        super().log(logs, *args, **kwargs)
