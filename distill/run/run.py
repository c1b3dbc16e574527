"""One distillation: events -> points -> LoRA adapter -> evaluation -> gate -> registry; what a crash left goes on."""

import importlib.metadata
import time
import uuid
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import TypeAdapter

from distill.config import DistillConfig
from distill.evaluation import Metrics, Yardstick, evaluate, make_yardstick
from distill.evaluation.gate import GateDecision, judge
from distill.policy_model.likelihood import Completion
from distill.report import examples, render_html
from distill.run.run_folder import RunFolder, RunState
from distill.run.team import Team
from distill.run.training import Progress
from distill.run.work import Work, detector_rules, silent, to_train, train_beside
from distill.schedule.notify import notify
from distill.selection import Selected, select_points
from distill.selection.fitness import prompt_fitness
from distill.selection.points import Base, Group
from distill.tlpo.anchors import make_anchors
from distill.tlpo.rewards import RulesOf
from tlpo_guard.errors import TooFewEventsError
from tlpo_guard.events.lease import Lease
from tlpo_guard.events.store import EventStore
from tlpo_guard.files import write_text
from tlpo_guard.models.load import LoadedModel, load_model
from tlpo_guard.registry import BASE, PAGE, AdapterRegistry, AdapterVersion
from tlpo_guard.settings import load_settings

__all__ = ["DistillResult", "preview", "run_distillation"]

_LEASE = "distill"
_COMPLETIONS = TypeAdapter(list[Completion])


@dataclass(frozen=True, slots=True)
class DistillResult:
    """How a run ended; the adapter is in the registry either way.

    Attributes:
        pinned: the version that servers stay with whatever is promoted; None where none is pinned.
    """

    outcome: Literal["promoted", "gate_not_passed"]
    version: str
    report: dict[str, Any]
    pinned: str | None = None


def run_distillation(data_dir: Path, config: DistillConfig, progress: Progress | None = None) -> DistillResult | None:
    """Train on the events that the current version has not learnt from, and let the gate decide.

    A run that a crash has ended goes on where its last checkpoint was, if it was about the same; else it begins anew. Under
    `accelerate launch` the first process does so and the others train beside it; they share the data folder.

    Returns:
        How the run ended; None in a process that only trained beside the first.

    Raises:
        TooFewEventsError: fewer usable points than `selection.min_events`, or no held-out ones among them.
        LeaseHeldError: another run is under way, here or on another host.
        DistillationError: the current version does not fit the model.
    """
    team = Team()
    if not team.leads:
        train_beside(team, data_dir)
        return None
    data_dir.mkdir(parents=True, exist_ok=True)
    with (
        team.led(),
        closing(EventStore(data_dir / "events.sqlite3")) as store,
        Lease(store, _LEASE, seconds=config.lease_seconds).held() as lease,
    ):
        run = _Run(data_dir, store, config, progress or silent, lease, team)
        result = run.settle_or_do()
    notify(config.notify, {"outcome": result.outcome, "version": result.version} | result.report)
    return result


def preview(data_dir: Path, config: DistillConfig) -> Selected:
    """What a run would use and why not the rest; nothing is trained or changed.

    Raises:
        TooFewEventsError: there are no events.
    """
    with closing(EventStore(data_dir / "events.sqlite3")) as store:
        return _Run(data_dir, store, config, silent).select()


class _Run:
    def __init__(
        self,
        data_dir: Path,
        store: EventStore,
        config: DistillConfig,
        progress: Progress,
        lease: Lease | None = None,
        team: Team | None = None,
    ) -> None:
        self._data_dir = data_dir
        self._store = store
        self._config = config
        self._progress = progress
        self._lease = lease
        self._team = team or Team()
        self._location = str(config.registry or load_settings().registry or data_dir / "adapters")
        self._registry = AdapterRegistry(self._location)
        self._folder = RunFolder(data_dir / "distill" / "run")
        self._parent = BASE if config.from_base else self._registry.current()
        self._loaded: LoadedModel | None = None

    def settle_or_do(self) -> DistillResult:
        """Finish a run whose version is in the registry already, else train."""
        state = self._folder.state()
        made = None if state is None else _version_of(self._registry, state.id)
        if state is not None and made is not None:
            return self._settle(made)
        return self._do(state)

    def select(self) -> Selected:
        """The points of a run."""
        loaded = self._model()
        base = Base(
            loaded.fingerprint,
            loaded.tokenizer_fingerprint,
            int(loaded.model.config.get_text_config().vocab_size),
            self._config.selection.max_tokens,
        )
        learnt = () if self._config.from_base else self._registry.ancestry(self._parent)
        unfit = prompt_fitness(loaded.tokenizer)
        return select_points(self._store, base, self._config.selection, unfit, seed=self._config.seed, learnt=learnt)

    def _model(self) -> LoadedModel:
        if self._loaded is None:
            self._progress("load", 0, 1)
            name = self._config.model or self._newest_model()
            self._loaded = load_model(name, cache_dir=self._data_dir / "cache")
        return self._loaded

    def _newest_model(self) -> str:
        for event in self._store.iter(limit=1, newest_first=True):
            return event.model
        needed = self._config.selection.min_events
        raise TooFewEventsError(f"0 usable events in {self._data_dir}; a run needs {needed} (--min-events)")

    def _do(self, state: RunState | None) -> DistillResult:
        loaded, settings = self._model(), self._settings()
        if state is None or not state.same_work(self._parent, loaded.fingerprint, settings):
            state = self._begin(settings)
        torch.manual_seed(self._config.seed)
        groups, held_out = self._folder.groups()
        rules_of = detector_rules(loaded, self._data_dir / "cache")
        model = to_train(loaded, self._config, self._registry, self._parent, self._data_dir)
        yardstick, before, shown = self._before(model, held_out, rules_of)
        work = Work(
            self._config.model_copy(update={"model": self._config.model or self._newest_model()}),
            self._location,
            self._parent,
            groups,
            self._anchors(model, groups, rules_of),
            self._folder.checkpoints,
            self._folder.last_checkpoint(),
        )
        self._team.begin(work)
        steps = work.train(model, rules_of, self._team, partial(self._is_over, state), self._progress)
        self._require_lease()
        self._progress("evaluate", 1, 1)
        after = self._measure(model, yardstick, rules_of)
        decision = judge(before, after, self._config.gate)
        report = _report(state, before, after, decision, steps)
        report["examples"] = shown.after(model).as_json()
        return self._settle(self._add(model, state, report, groups, held_out))

    def _is_over(self, state: RunState) -> bool:
        """Whether the time budget is spent or another run has taken over."""
        minutes = self._config.time_budget_minutes
        spent = minutes is not None and time.time() >= state.started_at + 60.0 * minutes
        return spent or self._has_lost()

    def _has_lost(self) -> bool:
        return self._lease is not None and self._lease.lost

    def _require_lease(self) -> None:
        """Show a sign of life before something that only one run may do.

        Raises:
            LeaseHeldError: this run was paused for too long, and another may be under way.
        """
        if self._lease is not None:
            self._lease.confirm()

    def _settings(self) -> dict[str, Any]:
        """What two runs must have in common for one to go on with the other's checkpoints."""
        settings: dict[str, Any] = self._config.model_dump(mode="json", exclude={"notify", "time_budget_minutes"})
        return settings

    def _begin(self, settings: dict[str, Any]) -> RunState:
        selected = self.select()
        selected.require_enough(self._config.selection.min_events)
        state = RunState(
            id=uuid.uuid4().hex,
            started_at=time.time(),
            parent=self._parent,
            base_fingerprint=self._model().fingerprint,
            settings=settings,
            selection=selected.as_dict(),
        )
        self._folder.begin(state, selected.train, selected.held_out)
        return state

    def _before(self, model: Any, held_out: list[Group], rules_of: RulesOf) -> tuple[Yardstick, Metrics, Any]:
        """What is measured on, the figures before the training, and the examples' first half; kept over a crash."""
        shown = examples(model, self._model().tokenizer, held_out, rules_of, self._config)
        kept = self._folder.read("before")
        if kept is not None:
            return Yardstick.from_json(kept["yardstick"]), Metrics.from_json(kept["metrics"]), shown
        self._progress("evaluate", 0, 1)
        model.eval()
        config = self._config
        yardstick = make_yardstick(
            model,
            self._model().tokenizer,
            held_out,
            rules_of,
            config.evaluation,
            temperature=config.training.temperature,
            seed=config.seed,
        )
        before = self._measure(model, yardstick, rules_of)
        self._folder.write("before", {"yardstick": yardstick.to_json(), "metrics": before.to_json()})
        return yardstick, before, shown

    def _anchors(self, model: Any, groups: list[Group], rules_of: RulesOf) -> list[Completion]:
        """What the training holds the model to; the same after a crash."""
        kept = self._folder.read("anchors")
        if kept is not None:
            return _COMPLETIONS.validate_python(kept)
        config = self._config
        made = make_anchors(
            model,
            self._model().tokenizer,
            groups,
            rules_of,
            config.anchors,
            temperature=config.training.temperature,
            seed=config.seed,
        )
        self._folder.write("anchors", _COMPLETIONS.dump_python(made, mode="json"))
        return made

    def _measure(self, model: Any, yardstick: Yardstick, rules_of: RulesOf) -> Metrics:
        model.eval()
        temperature = self._config.training.temperature
        tokenizer = self._model().tokenizer
        return evaluate(model, tokenizer, yardstick, rules_of, self._config.evaluation, temperature=temperature)

    def _add(
        self, model: Any, state: RunState, report: dict[str, Any], groups: list[Group], held_out: list[Group]
    ) -> AdapterVersion:
        self._require_lease()
        event_ids = sorted({event_id for group in (*groups, *held_out) for event_id in group.event_ids})
        lineage = _lineage(self._model(), state, event_ids)
        return self._registry.add(partial(_write, model, report, lineage, event_ids), lineage, report)

    def _settle(self, version: AdapterVersion) -> DistillResult:
        """Promote a version that passed and note what it learnt from; may be done again after a crash."""
        self._require_lease()
        report = version.report or {}
        if version.passed:
            local = self._registry.local(version.name, self._data_dir / "cache" / "adapters")
            event_ids = (local / _EVENTS).read_text(encoding="utf-8").split()
            self._store.mark_distilled(event_ids, version.name)
            self._registry.promote(version.name)
        self._folder.clear()
        outcome: Literal["promoted", "gate_not_passed"] = "promoted" if version.passed else "gate_not_passed"
        return DistillResult(outcome, version.name, report, self._registry.pointers().pinned)


_EVENTS = "events.txt"


def _write(model: Any, report: dict[str, Any], lineage: dict[str, Any], event_ids: list[str], folder: Path) -> None:
    """A version's files: the adapter, the report for people, and which events it learnt from."""
    model.save_pretrained(str(folder), safe_serialization=True)
    (folder / "README.md").unlink(missing_ok=True)  # PEFT's empty model card
    write_text(folder / PAGE, render_html(report | {"lineage": lineage}))
    write_text(folder / _EVENTS, "\n".join(event_ids))


def _version_of(registry: AdapterRegistry, run_id: str) -> AdapterVersion | None:
    """The version that a run has made."""
    return next((v for v in registry.list() if not v.damage and v.lineage.get("run") == run_id), None)


def _report(
    state: RunState, before: Metrics, after: Metrics, decision: GateDecision, steps: list[dict[str, float]]
) -> dict[str, Any]:
    return {
        "passed": decision.passed,
        "before": before.to_json(),
        "after": after.to_json(),
        "gate": dict(decision.as_dict()),
        "selection": state.selection,
        "steps": steps,
        "seconds": round(time.time() - state.started_at, 1),
    }


def _lineage(loaded: LoadedModel, state: RunState, event_ids: list[str]) -> dict[str, Any]:
    return {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "run": state.id,
        "base": loaded.name,
        "base_fingerprint": loaded.fingerprint,
        "tokenizer_fingerprint": loaded.tokenizer_fingerprint,
        "parent": state.parent,
        "events": len(event_ids),
        "first_event": state.selection.get("first_event"),
        "last_event": state.selection.get("last_event"),
        "config": state.settings,
        "code_version": importlib.metadata.version("tlpo-guard"),
    }
