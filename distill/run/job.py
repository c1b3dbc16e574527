"""What the processes of a run answer and train on, and how one that does not lead takes part."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from distill.config import DistillConfig
from distill.policy_model.trainable import with_new_adapter, with_version
from distill.run.adapter_training import Trained, train
from distill.run.progress import Progress, no_progress
from distill.run.team import Team
from distill.selection.groups import Group
from distill.tlpo.anchors import Anchor
from distill.tlpo.answered import Found, first_drifts, in_order
from distill.tlpo.rewards import RulesOf
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.models.load import LoadedModel, load_model
from tlpo_guard.registry import BASE, StoredRegistry, open_registry
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["AnsweringJob", "TrainingJob", "drift_rules", "take_part", "trainable_model"]


@dataclass(frozen=True, slots=True)
class AnsweringJob:
    """Prompts of which every process answers a share.

    Attributes:
        config: with the model's name.
        prompts: groups without points.
    """

    config: DistillConfig
    prompts: list[Group]

    def answer(self, model: Any, rules_of: RulesOf, team: Team) -> Found:
        """What the whole team finds in its answers, in every process."""
        share = first_drifts(model, rules_of, self.prompts, self.config, (team.index, team.size))
        return in_order(team.gather(share))


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """What every process trains on.

    Attributes:
        config: with the model's name.
        registry: folder or URL of the adapter versions.
        parent: version to go on from, or `base`.
        groups: sequences with the points to train on.
        anchors: answers that the model is held to.
        checkpoints: folder that they are written to.
        resume_from: checkpoint to go on from.
    """

    config: DistillConfig
    registry: str
    parent: str
    groups: list[Group]
    anchors: list[Anchor]
    checkpoints: Path
    resume_from: Path | None

    def train(self, model: Any, rules_of: RulesOf, team: Team, stop: Callable[[], bool], progress: Progress) -> Trained:
        """Train; all processes stop when the first one would."""
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
            team_size=team.size,
        )


def take_part(team: Team, data_dir: Path) -> None:
    """In every process but the first: answer prompts, where that one asks for it, and train on what it chose."""
    job: AnsweringJob | TrainingJob | None = team.await_job()
    if job is None:
        return
    assert job.config.model is not None
    loaded = load_model(job.config.model, cache_dir=data_dir / "cache")
    rules_of = drift_rules(loaded, data_dir / "cache")
    while isinstance(job, AnsweringJob):
        job.answer(loaded.model, rules_of, team)
        job = team.await_job()
    if job is None:
        return
    torch.manual_seed(job.config.seed)
    model = trainable_model(loaded, job.config, open_registry(job.registry), job.parent, data_dir)
    job.train(model, rules_of, team, lambda: False, no_progress)


def trainable_model(
    loaded: LoadedModel, config: DistillConfig, registry: StoredRegistry, parent: str, data_dir: Path
) -> Any:
    """The PEFT model that a run trains: the base with a new adapter, or with the parent version's."""
    if parent == BASE:
        return with_new_adapter(loaded, config.lora)
    folder = registry.local(parent, data_dir / "cache" / "adapters")
    return with_version(loaded, registry.get(parent), str(folder), trainable=True)


def drift_rules(loaded: LoadedModel, cache_dir: Path) -> RulesOf:
    """The drift rules of a group, from the model's vocabulary."""
    size = int(loaded.model.config.get_text_config().vocab_size)
    return RulesOf(DriftDetector(VocabularyIndex.of(loaded.tokenizer, size=size, cache_dir=cache_dir)))
