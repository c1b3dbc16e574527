"""What a run starts from. Imports no torch: the model comes in when it is first asked for."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distill.config import DistillConfig
from distill.prompts.files import read_prompts
from distill.run.progress import Progress
from distill.run.team import Team
from distill.selection.fitness import EventFitness
from distill.selection.groups import Base, Group
from distill.selection.point_selection import select_points
from distill.selection.selected import Selected
from tlpo_guard.errors import TooFewEventsError
from tlpo_guard.events.log import TrainingLog
from tlpo_guard.guard.build import build_guard
from tlpo_guard.registry import BASE, open_registry
from tlpo_guard.settings import load_settings

if TYPE_CHECKING:
    from tlpo_guard.models.load import LoadedModel

__all__ = ["RunInputs"]


class RunInputs:
    """Settings, events, adapter versions and the base model of a run.

    Attributes:
        data_dir: folder of events, caches and the run under way.
        store: the events.
        config: the run's settings.
        progress: told of what takes long.
        registry_location: folder or URL of the adapter versions.
        registry: the adapter versions.
        parent: the version that the run goes on from, or `base`.
    """

    def __init__(self, data_dir: Path, store: TrainingLog, config: DistillConfig, progress: Progress) -> None:
        self.data_dir = data_dir
        self.store = store
        self.config = config
        self.progress = progress
        self.registry_location = str(config.registry or load_settings().registry or data_dir / "adapters")
        self.registry = open_registry(self.registry_location)
        # Answers to a file's prompts are the base model's, and so is what is learnt from them.
        self.parent = BASE if config.from_base or config.rollouts.file is not None else self.registry.current()

    @property
    def cache_dir(self) -> Path:
        """Folder of what may be deleted at any time: unpacked models, vocabularies, downloaded adapters."""
        return self.data_dir / "cache"

    @cached_property
    def model_name(self) -> str:
        """The model to train: the one of the settings, else that of the newest event.

        Raises:
            TooFewEventsError: the settings name none, and there are no events.
        """
        if self.config.model:
            return self.config.model
        for event in self.store.iter(limit=1, newest_first=True):
            return event.model
        if self.config.rollouts.file is not None:
            return load_settings().model
        needed = self.config.selection.min_events
        raise TooFewEventsError(f"0 usable events in {self.data_dir}; a run needs {needed} (--min-events)")

    @cached_property
    def base(self) -> "LoadedModel":
        """The base model, loaded when it is first asked for.

        Raises:
            TooFewEventsError: nothing says which model.
            ModelError: it cannot be loaded.
        """
        self.progress("load", 0, 1)
        name = self.model_name
        from tlpo_guard.models.load import load_model

        return load_model(name, cache_dir=self.cache_dir)

    @property
    def comparable_settings(self) -> dict[str, Any]:
        """What two runs must have in common for one to go on with the other's checkpoints, as plain JSON."""
        settings: dict[str, Any] = self.config.model_dump(mode="json", exclude={"notify", "time_budget_minutes"})
        return settings

    def select(self, team: Team) -> Selected:
        """The points that the run trains on and measures on, and why the other events are left out.

        Args:
            team: answers the prompts of a file together.

        Raises:
            ConfigurationError: the file of prompts cannot be used.
            TooFewEventsError: nothing says which model.
        """
        if self.config.rollouts.file is not None:
            read_prompts(self.config.rollouts.file)  # what is wrong with it is told before the model loads
            return self._answered(team)
        base_model = self.base
        size = int(base_model.model.config.get_text_config().vocab_size)
        base = Base(base_model.fingerprint, base_model.tokenizer_fingerprint, size, self.config.selection.max_tokens)
        learnt = () if self.config.from_base else self.registry.ancestry(self.parent)
        unfit = EventFitness(base_model.tokenizer, build_guard(base_model.tokenizer, size, self.cache_dir))
        return select_points(self.store, base, self.config.selection, unfit, seed=self.config.seed, learnt=learnt)

    def _answered(self, team: Team) -> Selected:
        from distill.run.job import AnsweringJob, drift_rules
        from distill.tlpo.answered import Found, points_of_prompts

        base, rules_of = self.base, drift_rules(self.base, self.cache_dir)

        def find(prompts: list[Group]) -> Found:
            job = AnsweringJob(self.config.model_copy(update={"model": self.model_name}), prompts)
            with team.beginning(job):
                return job.answer(base.model, rules_of, team)

        return points_of_prompts(base.model, base.tokenizer, rules_of, self.config, find)
