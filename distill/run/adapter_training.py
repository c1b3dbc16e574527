"""The optimizer steps of a run, which go on from its last checkpoint."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import PrinterCallback, TrainerCallback

from distill.config import DistillConfig
from distill.run.held_rows import RecordingTrainer
from distill.run.progress import Progress
from distill.selection.groups import Group
from distill.tlpo.anchors import Anchor, AnchorLoss
from distill.tlpo.batches import features, oversampled
from distill.tlpo.rewards import RulesOf
from distill.tlpo.rollouts import RolloutSource
from distill.tlpo.trainer import TLPOConfig

__all__ = ["Trained", "Watch", "train", "training_arguments"]

_SHOWN = ("loss", "confusion_mass", "kl")  # of each step, to those who watch the run


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training has done.

    Attributes:
        steps: the figures of every step.
        learnt: the events behind what the steps held; None for all, where the points were of other answers and no step is left.
    """

    steps: list[dict[str, float]]
    learnt: frozenset[str] | None


def train(
    model: Any,
    groups: Sequence[Group],
    rules_of: RulesOf,
    config: DistillConfig,
    *,
    anchors: Sequence[Anchor],
    folder: Path,
    resume_from: Path | None,
    stop: Callable[[], bool],
    progress: Progress,
    team_index: int = 0,
    team_size: int = 1,
) -> Trained:
    """Train an adapter, or a whole model, in place.

    Args:
        model: PEFT model, or a whole one.
        anchors: answers that the model is held to.
        folder: for checkpoints.
        resume_from: checkpoint to go on from.
        stop: asked after every step whether it was the last.
        team_index: of this process among those that train together; each makes rollouts of its own share of the prompts.
        team_size: how many processes train together.
    """
    rollouts = None
    if config.rollouts.per_prompt:
        share, points = (team_index, team_size), config.training.points_per_step
        rollouts = RolloutSource(groups, rules_of, config.rollouts, points, config.seed + team_index, share)
    rows = features(oversampled(groups))
    trainer = RecordingTrainer(
        resume_from=resume_from,
        model=model,
        args=training_arguments(config, folder),
        train_dataset=rows,
        rules_of=rules_of,
        rollouts=rollouts,
        anchor_loss=AnchorLoss(anchors, config.anchors, config.seed) if anchors else None,
        callbacks=[Watch(progress, stop)],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=None if resume_from is None else str(resume_from))
    steps = [row for row in trainer.state.log_history if "loss" in row]
    ended = trainer.state.global_step >= trainer.state.max_steps
    return Trained(steps, None if ended and config.rollouts.alone else trainer.learnt(rows))


def training_arguments(config: DistillConfig, folder: Path) -> TLPOConfig:
    settings = config.training
    return TLPOConfig(
        output_dir=str(folder),
        objective=settings.objective,
        point_weight=settings.point_weight,
        max_steps=settings.max_steps,
        learning_rate=settings.learning_rate,
        per_device_train_batch_size=settings.batch_size,
        points_per_step=settings.points_per_step,
        num_candidates=settings.num_candidates,
        look_ahead=settings.look_ahead,
        look_ahead_words=settings.look_ahead_words,
        clip_low=settings.clip,
        clip_high=settings.clip,
        kl_beta=settings.kl_beta,
        explore_temperature=settings.temperature,
        tail=settings.tail,
        event_mass=settings.event_mass,
        only_rollouts=config.rollouts.alone,
        gradient_checkpointing=settings.gradient_checkpointing,
        bf16=settings.bf16,
        report_to=settings.report_to,
        save_strategy="steps",
        save_steps=settings.save_steps,
        save_total_limit=2,
        seed=config.seed,
    )


class Watch(TrainerCallback):  # type: ignore[misc, unused-ignore]
    """Tells how far the training is, and ends it when it should end."""

    def __init__(self, progress: Progress, stop: Callable[[], bool]) -> None:
        self._progress = progress
        self._stop = stop

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self._stop():
            control.should_training_stop = True

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        figures = {name: value for name, value in (logs or {}).items() if name in _SHOWN}
        self._progress("train", state.global_step, state.max_steps, figures if "loss" in figures else None)
