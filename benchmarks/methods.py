"""The default lesson, variants of it and the baselines, each training an adapter on the same points."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.traffic import console
from distill.baselines.pairs import Pair
from distill.baselines.trl_training import LEARNING_RATES, Method, baseline_pairs, train_baseline
from distill.config import DistillConfig
from distill.recipes import RECIPES
from distill.run.adapter_training import Watch, train
from distill.run.progress import Progress
from distill.selection.groups import Group
from distill.tlpo.anchors import Anchor, AnchorLoss, make_anchors
from distill.tlpo.batches import oversampled
from distill.tlpo.rewards import RulesOf

__all__ = ["TLPO", "Lesson", "teach"]

Teacher = Callable[[Any, Any, "Lesson", Path], None]
"""Trains an adapter in place; gets the model, its tokenizer, what is learnt, and a folder for checkpoints."""

COMPLETION = 32  # tokens of a pair's completions


@dataclass(frozen=True)
class Lesson:
    """What all methods learn from, by seed.

    Attributes:
        groups: the points, of all languages.
        pairs: what `baseline_pairs` made of them, and the seconds that took; filled by the first method that needs it.
    """

    groups: list[Group]
    rules_of: RulesOf
    config: DistillConfig
    pairs: list[tuple[list[Pair], float]] = field(default_factory=list)


def teach(method: str, model: Any, tokenizer: Any, lesson: Lesson) -> float:
    """Train the adapter of a PEFT model in place.

    Args:
        method: a name in `TLPO`, or a baseline's, which may have a learning rate after a colon; `+anchors` behind a
            baseline's name holds it to the base as TLPO is held.

    Returns:
        Seconds, with what the method makes of the points first.

    Raises:
        KeyError: there is no such method.
    """
    name, _, rate = method.partition(":")
    began = time.perf_counter()
    with TemporaryDirectory() as folder:
        baseline, plus, what = name.partition("+")
        if baseline in LEARNING_RATES and (not plus or what == "anchors"):
            given = float(rate) if rate else None
            return _baseline(baseline, model, tokenizer, lesson, Path(folder), given, held=bool(plus))
        TLPO[name](model, tokenizer, lesson, Path(folder))
    return time.perf_counter() - began


def _baseline(
    method: Method,
    model: Any,
    tokenizer: Any,
    lesson: Lesson,
    folder: Path,
    learning_rate: float | None,
    *,
    held: bool,
) -> float:
    config = lesson.config
    if not lesson.pairs:
        began = time.perf_counter()
        points = oversampled(lesson.groups)
        made = baseline_pairs(
            model, points, lesson.rules_of, config.training, seed=config.seed, max_new_tokens=COMPLETION
        )
        lesson.pairs.append((made, time.perf_counter() - began))
        console.print(f"{len(made)} pairs in {lesson.pairs[0][1]:.0f} seconds")
    made, seconds = lesson.pairs[0]
    began = time.perf_counter()
    rows = train_baseline(
        model,
        tokenizer,
        made,
        method,
        config.training,
        seed=config.seed,
        output_dir=folder,
        callbacks=[Watch(_progress(method), lambda: False)],
        learning_rate=learning_rate,
        anchor_loss=AnchorLoss(_anchors(model, tokenizer, lesson), config.anchors, config.seed) if held else None,
    )
    console.print([round(row["loss"], 4) for row in rows])
    return seconds + time.perf_counter() - began


def _from_base(model: Any, tokenizer: Any, lesson: Lesson, folder: Path) -> None:
    """One adapter from all events, as `--from-base` does."""
    config = lesson.config
    anchors = _anchors(model, tokenizer, lesson)
    trained = train(
        model,
        lesson.groups,
        lesson.rules_of,
        config,
        anchors=anchors,
        folder=folder,
        resume_from=None,
        stop=lambda: False,
        progress=_progress("training"),
    )
    for row in trained.steps:
        console.print({name: row.get(name) for name in ("confusion_mass", "useful_points", "kl", "anchor_loss")})


def _anchors(model: Any, tokenizer: Any, lesson: Lesson) -> list[Anchor]:
    config, temperature = lesson.config, lesson.config.evaluation.temperature
    return make_anchors(
        model, tokenizer, lesson.groups, lesson.rules_of, config.anchors, temperature=temperature, seed=config.seed
    )


def _changed(**changes: Mapping[str, Any]) -> Teacher:
    """The default lesson with some settings changed."""

    def teach_changed(model: Any, tokenizer: Any, lesson: Lesson, folder: Path) -> None:
        parts = {name: getattr(lesson.config, name).model_copy(update=dict(part)) for name, part in changes.items()}
        _from_base(model, tokenizer, replace(lesson, config=lesson.config.model_copy(update=parts)), folder)

    return teach_changed


def _as_in_the_paper() -> Teacher:
    """The paper's settings on the points of the log, with as many steps, and points a step, as the others have."""
    shared = {"points_per_step", "max_steps", "learning_rate"}
    training = {name: value for name, value in RECIPES["paper"]["training"].items() if name not in shared}
    return _changed(training=training, anchors=RECIPES["paper"]["anchors"])


def _continued(model: Any, tokenizer: Any, lesson: Lesson, folder: Path) -> None:
    """Two runs, each with half the steps on half the requests."""
    training = lesson.config.training
    halved = training.model_copy(update={"max_steps": training.max_steps // 2})
    config = lesson.config.model_copy(update={"training": halved})
    for half in range(2):
        part = replace(lesson, groups=lesson.groups[half::2], config=config)
        _from_base(model, tokenizer, part, folder / str(half))


def _with_rollouts(model: Any, tokenizer: Any, lesson: Lesson, folder: Path) -> None:
    rollouts = lesson.config.rollouts.model_copy(update={"per_prompt": 1, "prompts": 32})
    config = lesson.config.model_copy(update={"rollouts": rollouts})
    _from_base(model, tokenizer, replace(lesson, config=config), folder)


TLPO: Mapping[str, Teacher] = {
    "default": _from_base,
    "paper": _as_in_the_paper(),
    "no_anchors": _changed(anchors={"weight": 0.0}),
    "no_tail": _changed(training={"tail": False}),
    "admissible": _changed(training={"objective": "admissible"}),
    "continue": _continued,
    "rollouts": _with_rollouts,
}


def _progress(what: str) -> Progress:
    def tell(stage: str, done: int, total: int, figures: Mapping[str, Any] | None = None) -> None:
        console.print(f"{what}: step {done} of {total}")

    return tell
