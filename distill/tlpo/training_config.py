"""Settings of the trainer."""

from dataclasses import dataclass, field
from typing import Any

import torch
from datasets import Dataset
from transformers import TrainingArguments

from distill.tlpo.exploration import Depths

__all__ = ["TLPOConfig", "one_device"]


def one_device(args: TrainingArguments) -> None:
    """Keep a process to one device: where it sees several, transformers would part each batch among them with `nn.DataParallel`,
    but the rows at the confusion points are picked by their places in the whole batch."""
    args._n_gpu = min(args.n_gpu, 1)


@dataclass
class TLPOConfig(TrainingArguments):
    """The paper's settings as defaults, with a learning rate for LoRA (5e-7 is for full fine-tuning).

    The learning rate warms up from above 0, so that the first step, whose rollouts and look-aheads cost as much as any, counts.

    Attributes:
        num_candidates: candidates of a confusion point (the paper's K).
        look_ahead: tokens that each candidate is extended by, greedily (the paper's k).
        look_ahead_words: the same where words decide whether it drifts; None for as many.
        clip_low: how far the ratio may fall below 1.
        clip_high: how far the ratio may rise above 1.
        kl_beta: weight of the KL to the base model, per nat.
        explore_temperature: of the policy whose candidates are explored and trained.
        tail: whether all drifting tokens beyond the candidates count as one more candidate, of rows that are explored. Of a small
            model's confusion a tenth lies there at K = 16; the paper leaves it out.
        event_mass: confusion mass below which a point teaches nothing any more and is left out; 0 keeps all.
        objective: `tlpo`, or `admissible`: where a token's letters tell whether it drifts, the mass on the tokens that may stand
            is raised itself, at a tenth, without candidates, look-ahead and reference; where words decide, it is TLPO.
        point_weight: of the points' loss, against that of the anchors.
        only_rollouts: train on the points of `rollouts` alone; a step for which no device has any takes those of the data set.
        points_per_step: confusion points of an optimizer step, of K candidates each (the paper's 128 token updates are the 16
            candidates of 8 points); decides how many batches are accumulated, on all devices together.
    """

    num_candidates: int = 16
    look_ahead: int = 3
    look_ahead_words: int | None = None
    clip_low: float = 0.2
    clip_high: float = 0.2
    kl_beta: float = 0.04
    explore_temperature: float = 1.0
    tail: bool = False
    event_mass: float = 0.0
    objective: str = "tlpo"
    point_weight: float = 1.0
    only_rollouts: bool = False
    points_per_step: int = 8

    learning_rate: float = 1e-4
    lr_scheduler_type: str = "cosine_warmup_with_min_lr"
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
    ddp_find_unused_parameters: bool | None = False
    ddp_broadcast_buffers: bool | None = False  # devices differ in how many forwards a batch takes them
    use_cpu: bool = field(default_factory=lambda: not torch.cuda.is_available())

    def __post_init__(self) -> None:
        super().__post_init__()  # type: ignore[no-untyped-call, unused-ignore]
        one_device(self)

    @property
    def depths(self) -> Depths:
        """Of look-ahead."""
        return Depths(self.look_ahead, self.look_ahead if self.look_ahead_words is None else self.look_ahead_words)

    def accumulate(self, rows: Dataset) -> None:
        """Set how many batches of a training set make a step, so that it holds about `points_per_step`."""
        per_row = sum(map(len, rows["points"])) / max(len(rows), 1) if "points" in rows.column_names else 1.0
        per_batch = max(per_row * self.per_device_train_batch_size * self.world_size, 1.0)
        batches = -(-len(rows) // (self.per_device_train_batch_size * self.world_size))
        self.gradient_accumulation_steps = max(1, min(round(self.points_per_step / per_batch), batches))
