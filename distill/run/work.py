"""What the processes of a run train on, and how one that does not lead takes part."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from distill.config import DistillConfig
from distill.policy_model.adapter import with_new_adapter, with_version
from distill.policy_model.likelihood import Completion
from distill.run.team import Team
from distill.run.training import Progress, train
from distill.selection.points import Group
from distill.tlpo.rewards import RulesOf
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.models.load import LoadedModel, load_model
from tlpo_guard.registry import BASE, AdapterRegistry
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["Work", "detector_rules", "silent", "to_train", "train_beside"]


@dataclass(frozen=True, slots=True)
class Work:
    """What every process trains on.

    Attributes:
        config: with the model's name.
        registry: folder or URL.
        parent: version to go on from, or `base`.
        checkpoints: folder.
        resume_from: checkpoint to go on from.
    """

    config: DistillConfig
    registry: str
    parent: str
    groups: list[Group]
    anchors: list[Completion]
    checkpoints: Path
    resume_from: Path | None

    def train(
        self, model: Any, rules_of: RulesOf, team: Team, stop: Callable[[], bool], progress: Progress
    ) -> list[dict[str, float]]:
        """The figures of every step; all processes stop when the first one would."""
        return train(
            model,
            self.groups,
            rules_of,
            self.config,
            anchors=self.anchors,
            folder=self.checkpoints,
            resume_from=self.resume_from,
            stop=lambda: bool(team.share(team.leads and stop())),
            progress=progress,
            team_index=team.index,
        )


def train_beside(team: Team, data_dir: Path) -> None:
    """In every process but the first: train on what that one chose."""
    work: Work | None = team.await_work()
    if work is None:
        return
    assert work.config.model is not None
    loaded = load_model(work.config.model, cache_dir=data_dir / "cache")
    torch.manual_seed(work.config.seed)
    model = to_train(loaded, work.config, AdapterRegistry(work.registry), work.parent, data_dir)
    work.train(model, detector_rules(loaded, data_dir / "cache"), team, lambda: False, silent)


def to_train(loaded: LoadedModel, config: DistillConfig, registry: AdapterRegistry, parent: str, data_dir: Path) -> Any:
    """The PEFT model that a run trains: the base with a new adapter, or with the parent version's."""
    if parent == BASE:
        return with_new_adapter(loaded, config.lora)
    folder = registry.local(parent, data_dir / "cache" / "adapters")
    return with_version(loaded, registry.get(parent), str(folder), trainable=True)


def detector_rules(loaded: LoadedModel, cache_dir: Path) -> RulesOf:
    """The drift rules of a group, from the model's vocabulary."""
    size = int(loaded.model.config.get_text_config().vocab_size)
    return RulesOf(DriftDetector(VocabularyIndex.of(loaded.tokenizer, size=size, cache_dir=cache_dir)))


def silent(stage: str, done: int, total: int) -> None:
    """Nobody watches."""
