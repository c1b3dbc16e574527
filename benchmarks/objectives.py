"""The objectives at the same price: confusion against English KL. `python -m benchmarks.objectives --help`.

A curve's points differ in the weight of the confusion points against the anchors, which decides more than the objective does. All
runs take the same points; each is kept in a file, so that a second call goes on.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.distill_speed.points import make_material
from benchmarks.made_with import Settings, digest, is_made, keep_settings
from benchmarks.prompts import held_out_prompts
from benchmarks.quality.cells import between
from benchmarks.quality.cells import table as markdown_table
from benchmarks.quality.prompts import held_out
from benchmarks.quality.rows import write_json
from benchmarks.quality.training import logged_points
from distill.config import Anchors, DistillConfig, load_config
from distill.evaluation.ends import end_probability
from distill.evaluation.english import english_answers
from distill.evaluation.from_base import change_from_base
from distill.policy_model.answers import chat_ids, generate, with_end
from distill.policy_model.likelihood import Completion
from distill.policy_model.trainable import with_new_adapter
from distill.run.adapter_training import train
from distill.run.job import drift_rules
from distill.run.progress import no_progress
from distill.selection.groups import Group
from distill.tlpo.anchors import make_anchors
from distill.tlpo.rewards import RulesOf
from tlpo_guard.brought import Brought
from tlpo_guard.events.store import EventStore
from tlpo_guard.models.load import LoadedModel, load_model
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.judge import AnswerJudge

Curve = Literal["tlpo", "admissible", "all_layers"]
"""The default's objective, the other one, and the default's with an adapter on all layers."""
WEIGHTS: Mapping[Curve, str] = {"tlpo": "1,3,10,30", "admissible": "1,3,10,30", "all_layers": "1,3,10,30"}
_HEAD = ("curve", "weight", "seeds", "confused", "English KL", "ends", "CPU s a point")
_BEGIN, _END = "<!-- objectives: python -m benchmarks.objectives -->", "<!-- end of objectives -->"
_STEPS = 50  # of the range of KL that two curves share


@dataclass(frozen=True, slots=True)
class Size:
    """How much is trained and measured."""

    steps: int = 12
    points: int = 48
    seeds: int = 3
    prompts: int = 60
    tokens: int = 48
    longest: int = 128  # of the base's answers at whose ends a model is asked whether it would end
    material: int = 24
    anchors: Anchors = field(default_factory=Anchors)


SMALL = Size(
    steps=2,
    points=8,
    seeds=1,
    prompts=2,
    tokens=8,
    longest=16,
    material=2,
    anchors=Anchors(answers=4, draws=1, requests=2, max_new_tokens=8),
)


@dataclass(frozen=True, slots=True)
class Run:
    """What one training came to.

    Attributes:
        confused: share of confused answers, guard off, 0 to 1; our strict judge.
        english_kl: nats a token.
        ending: probability of ending where the base ended its answers, of the base's own; None where it ended none.
        cpu: seconds a point.
    """

    curve: Curve
    weight: float
    seed: int
    confused: float
    english_kl: float
    ending: float | None
    cpu: float


@dataclass(frozen=True, slots=True)
class Bench:
    """What all runs share."""

    loaded: Callable[[], LoadedModel]
    groups: Sequence[Group]
    rules_of: RulesOf
    asked: Sequence[tuple[str, str]]
    english: Sequence[Completion]
    ended: Sequence[Completion]
    ending_of_base: float
    size: Size

    def run(self, curve: Curve, weight: float, seed: int) -> Run:
        """Train and measure."""
        loaded, config = self.loaded(), _settings(curve, weight, seed, self.size)
        torch.manual_seed(seed)
        model = with_new_adapter(loaded, config.lora)
        temperature, groups = config.evaluation.temperature, list(self.groups)
        anchors = make_anchors(
            model, loaded.tokenizer, groups, self.rules_of, config.anchors, temperature=temperature, seed=seed
        )
        began, stop = time.process_time(), lambda: False
        with TemporaryDirectory() as name:
            options: Any = {"folder": Path(name), "resume_from": None, "stop": stop, "progress": no_progress}
            train(model, groups, self.rules_of, config, anchors=anchors, **options)
        cpu = (time.process_time() - began) / (self.size.steps * self.size.points)
        kl, _ = change_from_base(model, self.english)
        confused = self.confused(model.eval(), loaded.tokenizer, seed)
        return Run(curve, weight, seed, confused, kl, self.ending(model), cpu)

    def ending(self, model: Any) -> float | None:
        """As `Run` has it."""
        return end_probability(model, self.ended) / self.ending_of_base if self.ended else None

    def confused(self, model: Any, tokenizer: Any, seed: int) -> float:
        """Share of sampled answers that our judge finds confused, English counted."""
        ids = [chat_ids(tokenizer, prompt) for _, prompt in self.asked]
        answers = generate(model, ids, max_new_tokens=self.size.tokens, temperature=0.6, seed=seed)
        found = [_drifts(tokenizer, *asked, answer) for asked, answer in zip(self.asked, answers, strict=True)]
        return sum(found) / len(found)


def _settings(curve: Curve, weight: float, seed: int, size: Size) -> DistillConfig:
    return load_config(
        {
            "seed": seed,
            "anchors": size.anchors,
            "training.point_weight": weight,
            "training.max_steps": size.steps,
            "training.points_per_step": size.points,
            "training.objective": "admissible" if curve == "admissible" else None,
            "lora.last_layers": 1.0 if curve == "all_layers" else None,
        }
    )


def main(
    out: Annotated[Path, typer.Option(help="Keeps every run.")] = Path("out/objectives"),
    log: Annotated[
        Path | None, typer.Option(help="As `benchmarks.quality log` makes it; else points are made.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder with `prompts` and `lcb`, for held-out prompts.")] = None,
    languages: Annotated[
        str, typer.Option(help="Measured on, with commas; more than ko and ru need --data.")
    ] = "ko,ru",
    tlpo: Annotated[str, typer.Option(help="Weights of TLPO's points, with commas.")] = WEIGHTS["tlpo"],
    admissible: Annotated[str, typer.Option(help="The same of the admissible objective.")] = WEIGHTS["admissible"],
    all_layers: Annotated[str, typer.Option(help="The same of TLPO on all layers.")] = WEIGHTS["all_layers"],
    seeds: Annotated[int, typer.Option(help="Training seeds of each point of a curve.", min=1)] = Size().seeds,
    small: Annotated[
        bool, typer.Option("--small", help="One seed and little of everything, to see that it runs.")
    ] = False,
    model: Annotated[str, typer.Option(help="Name, folder or GGUF file.")] = "smollm2",
    cache_dir: Annotated[Path, typer.Option(help="Where the model is unpacked to.")] = Path("data/cache"),
    document: Annotated[
        Path | None, typer.Option(help="A document to write the table into, between its marks.")
    ] = None,
) -> None:
    """Train all objectives at several weights and seeds, print the curves and which is ahead."""
    torch.set_num_threads(1)
    size = SMALL if small else Size(seeds=seeds)
    # Made only where a run is missing.
    bench = cache(lambda: _bench(model, cache_dir, log, data, languages.split(","), size))
    shared = _measured_with(model, log, _asked(languages.split(","), data, size), size)
    runs = []
    for seed in range(size.seeds):  # the outermost, so that a call which is stopped has whole curves
        for curve, weights in (("tlpo", tlpo), ("admissible", admissible), ("all_layers", all_layers)):
            for weight in map(float, filter(None, weights.split(","))):
                file = out / f"{curve}-{weight:g}-{seed}.json"
                config = _settings(curve, weight, seed, size)  # type: ignore[arg-type]
                settings = {**shared, **_trained_with(config)}
                if not is_made(file, settings):
                    run = bench().run(curve, weight, seed)  # type: ignore[arg-type]
                    keep_settings(file, settings)
                    write_json(file, asdict(run))
                runs.append(Run(**json.loads(file.read_text(encoding="utf-8"))))
    _show(Console(width=120), runs)
    if document is not None:
        between(document, markdown_table(_HEAD, list(_rows(runs))) + "\n", _BEGIN, _END)


def _measured_with(model: str, log: Path | None, asked: Sequence[tuple[str, str]], size: Size) -> Settings:
    """What all runs of a call share, but for the training's settings."""
    points = {"material": size.material} if log is None else {"log": _events(log)}
    prompts = digest(f"{language} {text}" for language, text in asked)
    return {"model": model, "prompts": prompts, "tokens": size.tokens, "longest": size.longest, **points}


def _events(log: Path) -> str:
    """A digest of a log's events."""
    store = EventStore(log / "events.sqlite3")
    try:
        return digest(sorted(sketch.event_id for sketch in store.sketches()))
    finally:
        store.close()


def _trained_with(config: DistillConfig) -> Settings:
    """The settings that a training goes by, by dotted name."""
    parts = config.model_dump(mode="json", include={"selection", "training", "anchors", "lora"})
    settings = {f"{part}.{name}": value for part, of_part in parts.items() for name, value in of_part.items()}
    return {**settings, "evaluation.temperature": config.evaluation.temperature}


def _bench(
    model: str, cache_dir: Path, log: Path | None, data: Path | None, languages: Sequence[str], size: Size
) -> Bench:
    def load() -> LoadedModel:
        return load_model(model, cache_dir=cache_dir)

    loaded, config = load(), DistillConfig()
    rules_of = drift_rules(loaded, cache_dir)
    english = english_answers(loaded.model, loaded.tokenizer, size.tokens)
    groups: Sequence[Group]
    if log is None:
        adapted = with_new_adapter(load(), config.lora)
        groups = make_material(adapted, loaded.tokenizer, rules_of, config, size.material).groups
    else:
        groups = logged_points(loaded, config, log)
    asked = _asked(languages, data, size)
    ended = _ended(loaded, asked, size.longest)
    ending = end_probability(loaded.model, ended) if ended else 0.0
    return Bench(load, groups, rules_of, asked, english, ended, ending, size)


def _ended(loaded: LoadedModel, asked: Sequence[tuple[str, str]], longest: int) -> Sequence[Completion]:
    """The base's answers that end by themselves and stay in their language, each with the token that ends it."""
    prompts = [chat_ids(loaded.tokenizer, prompt) for _, prompt in asked]
    answers = generate(loaded.model, prompts, max_new_tokens=longest, temperature=0.6, seed=0)
    ended = with_end(loaded.model, answers, longest)
    return [
        Completion(ids, whole)
        for (language, prompt), ids, answer, whole in zip(asked, prompts, answers, ended, strict=True)
        if whole != answer and not _drifts(loaded.tokenizer, language, prompt, answer)
    ]


def _drifts(tokenizer: Any, language: str, prompt: str, answer: Sequence[int]) -> bool:
    """Whether our judge finds an answer confused, English counted."""
    return bool(_strict(language).drifts(tokenizer.decode(list(answer)).rstrip("\ufffd"), Brought((prompt,))))


@cache
def _strict(language: str) -> AnswerJudge:
    return AnswerJudge(GuardPolicy(languages=(language,), allow_english=False))


def _asked(languages: Sequence[str], data: Path | None, size: Size) -> list[tuple[str, str]]:
    """Language and text of the held-out prompts."""
    return [(language, prompt) for language in languages for prompt in _prompts(language, data, size.prompts)]


def _prompts(language: str, data: Path | None, most: int) -> list[str]:
    if data is None:
        return held_out_prompts(language)[:most]
    return [prompt.text for prompt in held_out(language, data, most)]


def ahead(runs: Sequence[Run], curve: Curve) -> dict[int, float]:
    """How much less confused another curve leaves the answers than the default's, by seed: the mean difference over the English
    KLs that both span, each read between its points. Seeds whose curves share no KL are missing."""
    found = {}
    for seed in sorted({run.seed for run in runs if run.curve == curve}):
        curves = [_curve(runs, name, seed) for name in ("tlpo", curve)]
        if not all(len(kl) for kl, _ in curves):
            continue
        low, high = max(kl[0] for kl, _ in curves), min(kl[-1] for kl, _ in curves)
        if low < high:
            at = np.linspace(low, high, _STEPS)
            one, other = (np.interp(at, kl, confused) for kl, confused in curves)
            found[seed] = float((one - other).mean())
    return found


def _curve(runs: Sequence[Run], curve: str, seed: int) -> tuple[Any, Any]:
    """English KLs, ascending, and the shares of confused answers at them."""
    of_seed = sorted((run.english_kl, run.confused) for run in runs if (run.curve, run.seed) == (curve, seed))
    kl, confused = np.array(of_seed).reshape(-1, 2).T
    return kl, confused


def _rows(runs: Sequence[Run]) -> Iterator[list[str]]:
    """A line of the table for each point of the curves: means over the seeds, and where they reach from and to."""
    by_point: defaultdict[tuple[str, float], list[Run]] = defaultdict(list)
    for run in runs:
        by_point[run.curve, run.weight].append(run)
    for (curve, weight), seeds in by_point.items():
        endings = [run.ending for run in seeds if run.ending is not None]
        yield [
            curve,
            f"{weight:g}",
            str(len(seeds)),
            _spread([100 * run.confused for run in seeds], 1, "%"),
            _spread([run.english_kl for run in seeds], 4),
            f"{np.mean(endings):.2f}" if endings else "–",
            f"{np.mean([run.cpu for run in seeds]):.2f}",
        ]


def _spread(values: Sequence[float], digits: int, unit: str = "") -> str:
    mean = f"{np.mean(values):.{digits}f}{unit}"
    return mean if len(values) == 1 else f"{mean} [{min(values):.{digits}f}, {max(values):.{digits}f}]"


def _show(console: Console, runs: Sequence[Run]) -> None:
    table = Table(*_HEAD)
    for row in _rows(runs):
        table.add_row(*row)
    console.print(table)
    others: tuple[Curve, ...] = ("admissible", "all_layers")
    for other in others:
        differences = ahead(runs, other)
        if not differences:
            console.print(f"the curves of `{other}` and `tlpo` share no English KL: none can be said to be ahead")
            continue
        told = ", ".join(f"{100 * value:+.1f}" for value in differences.values())
        console.print(f"percentage points that `{other}` leaves less than `tlpo` at the same KL, by seed: {told}")


if __name__ == "__main__":
    typer.run(main)
