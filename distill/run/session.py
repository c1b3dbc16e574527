"""The part of a run that needs the model: figures before, training, figures after. What is costly is kept over a crash."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from pydantic import TypeAdapter

from distill.evaluation.figures import Metrics
from distill.evaluation.gate import judge
from distill.evaluation.measure import evaluate
from distill.evaluation.yardstick import Yardstick, make_yardstick
from distill.report.examples import Examples, examples
from distill.run.clock import RunClock
from distill.run.inputs import RunInputs
from distill.run.job import TrainingJob, drift_rules, trainable_model
from distill.run.run_folder import RunFolder, RunState
from distill.run.team import Team
from distill.selection.balance import learnt_events
from distill.tlpo.anchors import Anchor, make_anchors

__all__ = ["Before", "TrainingSession"]

_ANCHORS = TypeAdapter(list[Anchor])


@dataclass(frozen=True, slots=True)
class Before:
    """What is known before the training: what both evaluations measure on, the figures, and the examples' first half."""

    yardstick: Yardstick
    figures: Metrics
    examples: Examples


class TrainingSession:
    """The model to train and what it is trained and measured on.

    Args:
        inputs: of the run.
        folder: of the run, which holds its points.

    Attributes:
        model: PEFT model; trained in place.
    """

    def __init__(self, inputs: RunInputs, folder: RunFolder) -> None:
        self._inputs = inputs
        self._folder = folder
        torch.manual_seed(inputs.config.seed)
        self._groups, self._held_out = folder.groups()
        self._rules_of = drift_rules(inputs.base, inputs.cache_dir)
        self._learnt: frozenset[str] | None = None
        self.model = trainable_model(inputs.base, inputs.config, inputs.registry, inputs.parent, inputs.data_dir)

    @property
    def event_ids(self) -> list[str]:
        """The events behind the points that the training has held, and behind those to measure on that belong to them; sorted."""
        return learnt_events(self._groups, self._held_out, self._learnt)

    def before(self) -> Before:
        """Measure before the training; the same after a crash."""
        inputs = self._inputs
        drawn = examples(self.model, inputs.base.tokenizer, self._held_out, self._rules_of, inputs.config)
        kept = self._folder.read("before")
        if kept is not None:
            return Before(Yardstick.from_json(kept["yardstick"]), Metrics.from_json(kept["metrics"]), drawn)
        inputs.progress("evaluate", 0, 1)
        self.model.eval()
        yardstick = make_yardstick(
            self.model,
            inputs.base.tokenizer,
            self._held_out,
            self._rules_of,
            inputs.config.evaluation,
            temperature=inputs.config.evaluation.temperature,
            seed=inputs.config.seed,
        )
        figures = self._measured_on(yardstick)
        self._folder.write("before", {"yardstick": yardstick.to_json(), "metrics": figures.to_json()})
        return Before(yardstick, figures, drawn)

    def train(self, team: Team, stop: Callable[[], bool]) -> list[dict[str, float]]:
        """Train, together with the processes that were launched beside this one.

        Args:
            stop: asked after every step whether it was the last.

        Returns:
            The figures of every step.
        """
        inputs = self._inputs
        job = TrainingJob(
            inputs.config.model_copy(update={"model": inputs.model_name}),
            inputs.registry_location,
            inputs.parent,
            self._groups,
            self._anchors(),
            self._folder.checkpoints,
            self._folder.last_checkpoint(),
        )
        team.begin(job)
        trained = job.train(self.model, self._rules_of, team, stop, inputs.progress)
        self._learnt = trained.learnt
        return trained.steps

    def report(self, state: RunState, clock: RunClock, before: Before, steps: list[dict[str, float]]) -> dict[str, Any]:
        """Measure after the training, and let the gate decide; all figures, as plain JSON."""
        self._inputs.progress("evaluate", 1, 1)
        after = self._measured_on(before.yardstick, before.figures.base_perplexity)
        decision = judge(before.figures, after, self._inputs.config.gate)
        return {
            "passed": decision.passed,
            "before": before.figures.to_json(),
            "after": after.to_json(),
            "gate": dict(decision.as_dict()),
            "selection": state.selection,
            "steps": steps,
            "seconds": round(clock.seconds, 1),
            "examples": before.examples.after(self.model).as_json(self._inputs.store.missing(self.event_ids)),
        }

    def _measured_on(self, yardstick: Yardstick, base_perplexity: float | None = None) -> Metrics:
        config = self._inputs.config
        self.model.eval()
        return evaluate(
            self.model,
            self._inputs.base.tokenizer,
            yardstick,
            self._rules_of,
            config.evaluation,
            temperature=config.evaluation.temperature,
            base_perplexity=base_perplexity,
        )

    def _anchors(self) -> list[Anchor]:
        """What the training holds the model to."""
        kept = self._folder.read("anchors")
        if kept is not None:
            return _ANCHORS.validate_python(kept)
        config = self._inputs.config
        anchors = make_anchors(
            self.model,
            self._inputs.base.tokenizer,
            self._groups,
            self._rules_of,
            config.anchors,
            temperature=config.evaluation.temperature,
            seed=config.seed,
        )
        self._folder.write("anchors", _ANCHORS.dump_python(anchors, mode="json"))
        return anchors
