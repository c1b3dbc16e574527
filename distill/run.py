"""One distillation: events -> groups -> LoRA adapter -> evaluation -> gate -> registry."""

import importlib.metadata
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import torch
from filelock import FileLock, Timeout
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import PrinterCallback, TrainerCallback

from distill.evaluation import Metrics, Yardstick, evaluate, make_yardstick
from distill.rewards import RulesOf
from distill.fitness import prompt_fitness
from distill.gate import GateConfig, GateDecision, judge
from distill.points import Base, Group, Grouping, group_events, split
from distill.batches import features
from distill.trainer import TLPOConfig, TLPOTrainer
from tlpo_guard.detector import DriftDetector
from tlpo_guard.errors import DistillationError, TooFewEventsError
from tlpo_guard.events.record import Event
from tlpo_guard.events.store import EventStore
from tlpo_guard.languages import languages
from tlpo_guard.models import LoadedModel, load_model
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.registry import AdapterRegistry, AdapterVersion
from tlpo_guard.vocabulary import VocabularyIndex

__all__ = ["DistillConfig", "DistillResult", "run_distillation"]

Progress = Callable[[str, int, int], None]  # stage, done, of how many
BASE = "base"


@dataclass(frozen=True, slots=True)
class DistillConfig:
    """Settings of one run.

    Attributes:
        model: name, folder or file; None takes the one named in the newest event.
        min_events: usable events below which nothing is trained.
        max_steps: optimizer steps.
        points_per_step: token updates of a step.
        learning_rate: highest rate of the LoRA weights.
        batch_size: sequences held in memory at once.
        held_out_share: share of the requests kept for the gate.
        lora_rank: of a new adapter; its alpha is twice that.
        seed: of the weights, the order and the clean completions.
        gate: what the gate asks for.
    """

    model: str | None = None
    min_events: int = 32
    max_steps: int = 12
    points_per_step: int = 64
    learning_rate: float = 1e-4
    batch_size: int = 8
    held_out_share: float = 0.2
    lora_rank: int = 16
    seed: int = 0
    gate: GateConfig = field(default_factory=GateConfig)


@dataclass(frozen=True, slots=True)
class DistillResult:
    """How a run ended; the adapter is in the registry either way."""

    outcome: Literal["promoted", "gate_not_passed"]
    version: str
    before: Metrics
    after: Metrics
    decision: GateDecision
    report: dict[str, Any]


def run_distillation(data_dir: Path, config: DistillConfig, progress: Progress | None = None) -> DistillResult:
    """Train on the events since the last run and let the gate decide.

    Raises:
        TooFewEventsError: fewer usable events than `min_events`, or no held-out ones among them.
        DistillationError: another run holds the lock.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(data_dir / "distill.lock")
    try:
        with lock.acquire(timeout=0):
            store = EventStore(data_dir / "events.sqlite3")
            try:
                return _run(data_dir, store, config, progress or (lambda stage, done, total: None))
            finally:
                store.close()
    except Timeout as exc:
        raise DistillationError(f"another distillation holds {data_dir / 'distill.lock'}; wait until it ends") from exc


def _run(data_dir: Path, store: EventStore, config: DistillConfig, progress: Progress) -> DistillResult:
    events = list(store.iter(fresh_only=True))
    if len(events) < config.min_events:
        raise TooFewEventsError(
            f"{len(events)} new events in {data_dir}; a run needs {config.min_events} (--min-events)"
        )
    progress("load", 0, 1)
    loaded = load_model(config.model or events[-1].model, cache_dir=data_dir / "cache")
    size = int(loaded.model.config.vocab_size)
    base = Base(loaded.fingerprint, loaded.tokenizer_fingerprint, size)
    grouping = group_events(events, base, prompt_fitness(loaded.tokenizer))
    train, held_out = split(grouping.groups, config.held_out_share)
    _require_enough(grouping, train, held_out, config)
    rules_of = _rules(loaded, size, data_dir / "cache")
    registry = AdapterRegistry(data_dir / "adapters")
    parent = registry.current()
    torch.manual_seed(config.seed)
    model = _with_adapter(loaded, registry, parent, config)
    yardstick = make_yardstick(model, loaded.tokenizer, held_out, rules_of, seed=config.seed)
    progress("evaluate", 0, 1)
    before = _measure(model, yardstick, rules_of)
    steps = _train(model, train, rules_of, config, progress)
    progress("evaluate", 1, 1)
    after = _measure(model, yardstick, rules_of)
    decision = judge(before, after, config.gate)
    report = _report(grouping, train, held_out, before, after, decision) | {"steps": steps}
    used = {event_id for group in grouping.groups for event_id in group.event_ids}
    lineage = _lineage(loaded, parent, [e for e in events if e.id in used], config)
    version = registry.add(lambda folder: _save(model, folder), lineage, report)
    store.mark_distilled(sorted(used), version.name)
    if decision.passed:
        registry.promote(version.name)
    outcome: Literal["promoted", "gate_not_passed"] = "promoted" if decision.passed else "gate_not_passed"
    return DistillResult(outcome, version.name, before, after, decision, report)


def _columns(model: Any) -> int:
    return int(model.get_output_embeddings().weight.shape[0])


def _require_enough(grouping: Grouping, train: list[Group], held_out: list[Group], config: DistillConfig) -> None:
    if grouping.points < config.min_events or not train or not held_out:
        why = ", ".join(f"{count} {reason}" for reason, count in grouping.dropped.items()) or "none left out"
        raise TooFewEventsError(
            f"{grouping.points} usable events in {len(train)} training and {len(held_out)} held-out sequences ({why}); "
            f"a run needs {config.min_events} (--min-events) and both kinds of sequences"
        )


def _rules(loaded: LoadedModel, size: int, cache_dir: Path) -> RulesOf:
    detector = DriftDetector(VocabularyIndex.of(loaded.tokenizer, size=size, cache_dir=cache_dir))
    return RulesOf(detector)


def _with_adapter(loaded: LoadedModel, registry: AdapterRegistry, parent: str, config: DistillConfig) -> Any:
    """The model with the current adapter to go on with, or a new one; LoRA weights are float32."""
    if parent == BASE:
        lora = LoraConfig(
            r=config.lora_rank, lora_alpha=2 * config.lora_rank, target_modules="all-linear", task_type="CAUSAL_LM"
        )
        return get_peft_model(loaded.model, lora)
    version: AdapterVersion = registry.get(parent)
    if version.lineage.get("base_fingerprint") != loaded.fingerprint:
        raise DistillationError(
            f"adapter {parent} was made for base {version.lineage.get('base_fingerprint')}, the model is "
            f"{loaded.fingerprint}; promote `base` or name that model with --model"
        )
    return PeftModel.from_pretrained(loaded.model, str(version.path), is_trainable=True)


def _measure(model: Any, yardstick: Yardstick, rules_of: RulesOf) -> Metrics:
    model.eval()
    return evaluate(model, yardstick, rules_of)


class _Steps(TrainerCallback):  # type: ignore[misc, unused-ignore]
    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._progress("train", state.global_step, state.max_steps)


def _train(
    model: Any, train: list[Group], rules_of: RulesOf, config: DistillConfig, progress: Progress
) -> list[dict[str, float]]:
    """Train in place; the figures of every step."""
    with tempfile.TemporaryDirectory() as folder:
        args = TLPOConfig(
            output_dir=folder,
            max_steps=config.max_steps,
            learning_rate=config.learning_rate,
            per_device_train_batch_size=config.batch_size,
            points_per_step=config.points_per_step,
            seed=config.seed,
        )
        trainer = TLPOTrainer(
            model=model, args=args, train_dataset=features(train), rules_of=rules_of, callbacks=[_Steps(progress)]
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        return [row for row in trainer.state.log_history if "loss" in row]


def _save(model: Any, folder: Path) -> None:
    model.save_pretrained(str(folder), safe_serialization=True)


def _report(
    grouping: Grouping, train: list[Group], held_out: list[Group], before: Metrics, after: Metrics, gate: GateDecision
) -> dict[str, Any]:
    return {
        "passed": gate.passed,
        "before": asdict(before),
        "after": asdict(after),
        "gate": dict(gate.as_dict()),
        "training_points": sum(len(group.points) for group in train),
        "held_out_points": sum(len(group.points) for group in held_out),
        "dropped_events": dict(grouping.dropped),
    }


def _lineage(loaded: LoadedModel, parent: str, events: list[Event], config: DistillConfig) -> dict[str, Any]:
    ordered = sorted(events, key=lambda event: event.created_at)
    return {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "base": loaded.name,
        "base_fingerprint": loaded.fingerprint,
        "tokenizer_fingerprint": loaded.tokenizer_fingerprint,
        "parent": parent,
        "events": len(ordered),
        "first_event": ordered[0].id,
        "last_event": ordered[-1].id,
        "config": json.loads(json.dumps(asdict(config), default=str)),
        "code_version": importlib.metadata.version("tlpo-guard"),
    }
