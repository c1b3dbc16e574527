"""One distillation: events -> points -> LoRA adapter -> evaluation -> gate -> registry; what a crash left goes on.

What trains is imported when there is something to train: a log without usable events is told at once.
"""

import uuid
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from distill.config import DistillConfig
from distill.outcome import Outcome
from distill.policy_model.sharding import refuse_sharding
from distill.run.clock import RunClock
from distill.run.inputs import RunInputs
from distill.run.progress import Watched, WatchedProgress, no_progress
from distill.run.run_folder import RunFolder, RunState
from distill.run.team import Team
from distill.run.version_files import lineage_of, version_of_run, write_version
from distill.schedule.notify import notify
from distill.selection.balance import held_by_run
from distill.selection.selected import Selected
from tlpo_guard.data_folder import open_private
from tlpo_guard.events.copies import RUN_LEASE, run_folder
from tlpo_guard.events.lease import Lease
from tlpo_guard.events.opening import open_store
from tlpo_guard.registry import PAGE, AdapterVersion
from tlpo_guard.settings import store_location

__all__ = ["DistillResult", "preview", "run_distillation"]


@dataclass(frozen=True, slots=True)
class DistillResult:
    """How a run ended; the adapter is in the registry either way.

    Attributes:
        outcome: `promoted` or `gate_not_passed`.
        version: name of the adapter version.
        report: of the run, as plain JSON.
        page: the report for people; only a name where the registry is not a local folder.
        current: the version that servers serve now.
        pinned: the version that servers stay with whatever is promoted; None where none is pinned.
    """

    outcome: Outcome
    version: str
    report: dict[str, Any]
    page: Path
    current: str
    pinned: str | None = None


def run_distillation(
    data_dir: Path, config: DistillConfig, progress: Watched | None = None, *, store_url: str | None = None
) -> DistillResult | None:
    """Train on the events that the current version has not learnt from, and let the gate decide.

    A run that a crash has ended goes on where its last checkpoint was, if it was about the same; else it begins anew. Under
    `accelerate launch` the first process does so and the others answer prompts and train beside it; they share the data folder.

    Args:
        store_url: of the event store; None takes the setting `store`, or the file in the data folder.

    Returns:
        How the run ended; None in a process that worked beside the first.

    Raises:
        TooFewEventsError: fewer usable points than `selection.min_events`, or no held-out ones among them.
        LeaseHeldError: another run is under way, here or on another host.
        DistillationError: the current version does not fit the model.
        ConfigurationError: the processes were launched to shard the model.
    """
    refuse_sharding()
    team = Team.launched()
    if not team.leads:
        from distill.run.job import take_part

        take_part(team, data_dir)
        return None
    open_private(data_dir)
    with (
        team.led(),
        closing(open_store(store_location(store_url, data_dir))) as store,
        Lease(store.leases, RUN_LEASE, seconds=config.lease_seconds).held() as lease,
    ):
        watched = WatchedProgress(data_dir, progress)
        try:
            result = _Distillation(RunInputs(data_dir, store, config, watched), lease, team).settle_or_train()
        finally:
            watched.end()
    notify(config.notify, {"outcome": result.outcome.value, "version": result.version} | result.report)
    return result


def preview(data_dir: Path, config: DistillConfig, *, store_url: str | None = None) -> Selected:
    """What a run would use and why not the rest; nothing is trained or changed.

    Raises:
        TooFewEventsError: there are no events.
    """
    with closing(open_store(store_location(store_url, data_dir))) as store:
        inputs = RunInputs(data_dir, store, config, no_progress)
        return held_by_run(inputs.select(Team()), config)


class _Distillation:
    """The run of the process that leads; it holds the lease."""

    def __init__(self, inputs: RunInputs, lease: Lease, team: Team) -> None:
        self._inputs = inputs
        self._lease = lease
        self._team = team
        self._folder = RunFolder(run_folder(inputs.data_dir))

    def settle_or_train(self) -> DistillResult:
        """Finish a run whose version is in the registry already, else train."""
        state = self._folder.state()
        version = None if state is None else version_of_run(self._inputs.registry, state.id)
        return self._train(state) if version is None else self._settle(version)

    def _train(self, left_over: RunState | None) -> DistillResult:
        """A run to its end; `left_over` is of one that was cut off."""
        state = self._resumable(left_over) or self._begin()
        from distill.run.session import TrainingSession  # torch, PEFT and all that trains

        clock = RunClock(self._folder)
        session = TrainingSession(self._inputs, self._folder)
        before = session.before()
        clock.keep()
        steps = session.train(self._team, partial(self._is_over, clock))
        self._lease.confirm()  # raises where this run was paused for too long: another may be under way
        report = session.report(state, clock, before, steps)
        self._lease.confirm()
        event_ids = session.event_ids
        lineage = lineage_of(self._inputs.base, state, event_ids)
        write = partial(write_version, session.model, report, lineage, event_ids)
        return self._settle(self._inputs.registry.add(write, lineage, report))

    def _resumable(self, left_over: RunState | None) -> RunState | None:
        """The run that was cut off, if it was about the same."""
        inputs = self._inputs
        if left_over is None:
            return None
        same = left_over.same_work(inputs.parent, inputs.base.fingerprint, inputs.comparable_settings)
        return left_over if same else None

    def _begin(self) -> RunState:
        selected = self._inputs.select(self._team)
        selected.require_enough(self._inputs.config.selection.min_events)
        selected = held_by_run(selected, self._inputs.config)
        state = RunState(
            id=uuid.uuid4().hex,
            parent=self._inputs.parent,
            base_fingerprint=self._inputs.base.fingerprint,
            settings=self._inputs.comparable_settings,
            selection=selected.as_dict(),
        )
        self._folder.begin(state, selected.train, selected.held_out)
        return state

    def _is_over(self, clock: RunClock) -> bool:
        """Whether the time budget is spent or another run has taken over; asked after every step."""
        clock.keep()
        minutes = self._inputs.config.time_budget_minutes
        spent = minutes is not None and clock.seconds >= 60.0 * minutes
        return spent or self._lease.lost

    def _settle(self, version: AdapterVersion) -> DistillResult:
        """Promote a version that passed and note what it learnt from; may be done again after a crash."""
        self._lease.confirm()
        inputs = self._inputs
        if version.passed:
            inputs.registry.verify(version.name)
            inputs.store.mark_distilled(inputs.registry.learnt_from(version.name), version.name)
            inputs.registry.promote(version.name)
        self._folder.clear()
        outcome = Outcome.PROMOTED if version.passed else Outcome.GATE_NOT_PASSED
        pointers, page = inputs.registry.pointers(), version.path / PAGE
        return DistillResult(outcome, version.name, version.report or {}, page, pointers.current, pointers.pinned)
