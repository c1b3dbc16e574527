"""A training as it is against one with a forward of its own for each part. `python -m benchmarks.distill_speed --help`.

Before, all layers had an adapter: how far each brings the confusion down says whether they are equals. With `--last-layers 1`
both have the same losses.

Both start from the same weights and take the same points and the same places of anchors in the same order, step by step in
turn; CPU seconds are those of the process, so that other work on the machine disturbs them little. `python -m
benchmarks.distill_speed.plain` holds the parts against K sequences a point.
"""

from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.distill_speed.points import make_material
from benchmarks.distill_speed.steps import Race, Runner
from distill.config import DistillConfig, LoraSettings
from distill.policy_model.trainable import with_new_adapter
from distill.run.job import drift_rules
from tlpo_guard.models.load import load_model

TIMES = 2.5  # fewer CPU seconds a point, at least


def main(
    steps: Annotated[int, typer.Option(min=1, help="Optimizer steps.")] = 6,
    points: Annotated[int, typer.Option(min=1, help="Confusion points of a step, about.")] = 24,
    prompts: Annotated[int, typer.Option(min=1, help="In each of two languages, whose answers give the points.")] = 12,
    last_layers: Annotated[
        float, typer.Option(help="Share of the layers that get an adapter; before, all did.")
    ] = LoraSettings().last_layers,
    model: Annotated[str, typer.Option(help="Name, folder or GGUF file.")] = "smollm2",
    cache_dir: Annotated[Path, typer.Option(help="Where the model is unpacked to.")] = Path("data/cache"),
) -> None:
    """Print what both cost, and whether they learn the same."""
    torch.set_num_threads(1)
    console = Console()
    config = DistillConfig()
    config = config.model_copy(
        update={
            "lora": config.lora.model_copy(update={"last_layers": last_layers}),
            "training": config.training.model_copy(update={"points_per_step": points, "max_steps": steps}),
        }
    )
    loaded = load_model(model, cache_dir=cache_dir)
    rules_of = drift_rules(loaded, cache_dir)
    torch.manual_seed(config.seed)
    ours = with_new_adapter(loaded, config.lora)
    material = make_material(ours, loaded.tokenizer, rules_of, config, prompts)
    console.print(f"{len(material.groups)} sequences with {material.points} points")
    race = Race(ours, load_model(model, cache_dir=cache_dir), material, rules_of, config)
    for step in range(steps):
        race.step(step)
        before, now = (f"{runner.losses[-1]:.5f} in {runner.cpu:.1f} s" for runner in race.runners)
        console.print(f"step {step + 1}: before {before}, now {now}, of the CPU", highlight=False)
    _show(console, race)


def _show(console: Console, race: Race) -> None:
    before, now = race.runners
    table = Table("", "CPU s a point", "peak memory, MiB", "first loss", "confusion mass in the end")
    for name, runner in (("before", before), ("now", now)):
        table.add_row(name, *_row(race, runner))
    console.print(table)
    console.print(f"{before.cpu / now.cpu:.2f} times fewer CPU seconds a point (bar {TIMES}),")
    console.print(f"{now.memory / before.memory:.2f} of the memory (bar 1.00),")
    console.print(f"cosine of the first gradients {race.alike:.4f}")


def _row(race: Race, runner: Runner) -> tuple[str, ...]:
    mass = race.confusion_mass(runner)
    return (
        f"{runner.cpu / race.points:.3f}",
        f"{runner.memory:.0f}",
        f"{runner.losses[0]:.5f}",
        f"{100 * mass:.2f}%",
    )


if __name__ == "__main__":
    typer.run(main)
