"""Optimizer steps by both ways, in turn."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from peft import get_peft_model
from torch import Tensor

from benchmarks.distill_speed.before import StepBefore
from benchmarks.distill_speed.memory import reset_peak, status
from benchmarks.distill_speed.points import Material
from distill.config import DistillConfig
from distill.policy_model.frozen_linear import fold_frozen
from distill.run.adapter_training import training_arguments
from distill.tlpo.anchors import AnchorLoss
from distill.tlpo.batches import TLPOBatch, features
from distill.tlpo.exploration import explore
from distill.tlpo.rewards import RulesOf
from distill.tlpo.trainer import TLPOTrainer
from tlpo_guard.models.load import LoadedModel

__all__ = ["Race", "Runner"]

Losses = Callable[[Sequence[TLPOBatch], int], Iterator[Tensor]]


@dataclass(slots=True)
class Runner:
    """One way.

    Attributes:
        losses: of each step.
        cpu: seconds of all steps.
        memory: the most that a step took above what was there before it, MiB.
    """

    model: Any
    losses_of: Losses
    optimizer: Any
    losses: list[float] = field(default_factory=list)
    cpu: float = 0.0
    memory: float = 0.0

    def step(self, batches: Sequence[TLPOBatch], number: int) -> None:
        """The loss and the gradient of some batches, and a step down it."""
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        base, began, total = reset_peak(), time.process_time(), 0.0
        for loss in self.losses_of(batches, number):
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        self.cpu += time.process_time() - began
        self.memory = max(self.memory, (status("VmHWM") - base) / 1024)
        self.losses.append(total)
        self.optimizer.step()

    def gradients(self) -> dict[str, Tensor]:
        """Of the trained parameters, flat, by name."""
        return {name: p.grad.flatten() for name, p in self.model.named_parameters() if p.grad is not None}


class Race:
    """Both ways, from the same weights.

    Args:
        ours: PEFT model as a distillation trains it, whose adapter changes nothing yet.
        loaded: the base model once more.
        material: what both learn from.
        config: of both, but for the layers: before, all have an adapter.

    Attributes:
        runners: the way of before, and ours.
        points: how many both have learnt from so far.
        alike: cosine of their first gradients, of what both train.
    """

    def __init__(
        self, ours: Any, loaded: LoadedModel, material: Material, rules_of: RulesOf, config: DistillConfig
    ) -> None:
        self._material = material
        self._rules_of = rules_of
        self._config = config
        plain = get_peft_model(loaded.model, replace(ours.peft_config["default"], exclude_modules=None))
        plain.load_state_dict(ours.state_dict(), strict=False)
        fold_frozen(plain)
        before = StepBefore(plain, rules_of, material.anchors, config)
        self.runners = (self._runner(plain, before), self._runner(ours, self._trainers_losses(ours)))
        self.points = 0
        self.alike = 0.0

    def step(self, number: int) -> None:
        """One of each."""
        batches = self._batches(number)
        for runner in self.runners if number % 2 else self.runners[::-1]:
            runner.step(batches, number)
        if not number:
            before, now = (runner.gradients() for runner in self.runners)
            of_both = (torch.cat([found[name] for name in now]) for found in (before, now))
            self.alike = float(torch.cosine_similarity(*of_both, dim=0))
        self.points += sum(batch.points for batch in batches)

    def confusion_mass(self, runner: Runner) -> float:
        """Mean over all points, of a runner's policy as it is now."""
        training, groups = self._config.training, self._material.groups
        size = training.batch_size
        masses = [
            explore(runner.model, groups[i : i + size], self._rules_of, temperature=training.temperature).confusion_mass
            for i in range(0, len(groups), size)
        ]
        return float(torch.cat(masses).mean())

    def _runner(self, model: Any, losses: Losses) -> Runner:
        parameters = [p for p in model.parameters() if p.requires_grad]
        return Runner(model, losses, torch.optim.AdamW(parameters, lr=self._config.training.learning_rate))

    def _batches(self, number: int) -> list[TLPOBatch]:
        """The next sequences that have about as many points as a step takes, in batches."""
        groups, training = self._material.groups, self._config.training
        each = max(1, round(training.points_per_step * len(groups) / self._material.points))
        chosen = [groups[(number * each + i) % len(groups)] for i in range(min(each, len(groups)))]
        size = training.batch_size
        return [TLPOBatch(tuple(chosen[i : i + size])) for i in range(0, len(chosen), size)]

    def _trainers_losses(self, model: Any) -> Losses:
        """Those that the trainer makes of the batches of a step."""
        config, material = self._config, self._material
        with TemporaryDirectory() as folder:
            trainer = TLPOTrainer(
                model=model,
                args=training_arguments(config, Path(folder)),
                train_dataset=features(material.groups),
                rules_of=self._rules_of,
                anchor_loss=AnchorLoss(material.anchors, config.anchors, config.seed),
            )

        def losses(batches: Sequence[TLPOBatch], number: int) -> Iterator[Tensor]:
            trainer.state.global_step = number
            rows = iter([{"batch": batch} for batch in batches])
            inputs, points = trainer.get_batch_samples(rows, len(batches), "cpu")
            trainer.current_gradient_accumulation_steps = len(inputs)
            for one in inputs:
                yield trainer.compute_loss(model, one, num_items_in_batch=points)

        return losses
