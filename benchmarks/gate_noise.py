"""What chance alone does to the gate's figures: the base model against itself, its answers drawn anew.

    python -m benchmarks.gate_noise --draws 6

Korean and German held-out prompts, the default settings of the evaluation. Says also what it cost.
"""

from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from time import process_time
from typing import Annotated, Any

import typer

from benchmarks.prompts import held_out_prompts, latin_prompts
from distill.config import DistillConfig
from distill.evaluation.figures import Metrics
from distill.evaluation.measure import evaluate
from distill.evaluation.yardstick import make_yardstick
from distill.policy_model.answers import chat_ids
from distill.policy_model.trainable import with_new_adapter
from distill.run.job import drift_rules
from distill.selection.groups import Group
from tlpo_guard.models.load import load_model

__all__ = ["main"]


def main(
    model: Annotated[str, typer.Option()] = "smollm2",
    cache: Annotated[Path, typer.Option(help="Where the packaged model is unpacked.")] = Path("out/models"),
    draws: Annotated[int, typer.Option(help="Of the answers.")] = 6,
) -> None:
    """Print the spread of every sampled figure over some draws of the same model."""
    loaded = load_model(model, cache_dir=cache)
    policy = with_new_adapter(loaded, DistillConfig(model=model).lora).eval()
    config = DistillConfig(model=model)
    rules_of = drift_rules(loaded, cache)
    settings, temperature = config.evaluation, config.evaluation.temperature
    groups = list(_held_out(loaded.tokenizer, settings.prompts_per_language))
    began = process_time()
    made = make_yardstick(policy, loaded.tokenizer, groups, rules_of, settings, temperature=temperature, seed=0)
    print(f"yardstick: {process_time() - began:.1f} CPU seconds")
    found = []
    for seed in range(draws):
        began = process_time()
        yardstick = replace(made, seed=seed)
        found.append(evaluate(policy, loaded.tokenizer, yardstick, rules_of, settings, temperature=temperature))
        print(f"draw {seed}: {process_time() - began:.1f} CPU seconds")
    if draws > 1:
        _show([_sampled(metrics) for metrics in found])


def _held_out(tokenizer: Any, most: int) -> list[Group]:
    asked = {"ko": held_out_prompts("ko"), "de": latin_prompts("de")}
    return [
        Group(f"{language}-{i}", ids, len(ids), (len(ids) - 1,), language, allow_english=False)
        for language, prompts in asked.items()
        for i, ids in enumerate(chat_ids(tokenizer, prompt) for prompt in prompts[:most])
    ]


def _sampled(metrics: Metrics) -> dict[str, float]:
    """The figures that depend on the draw."""
    harm = metrics.harm
    if harm is None or harm.relevance is None or harm.relevance_error is None:
        raise ValueError("no answers were sampled")
    of_language = {f"response pass rate, {tag}": found.rpr or 0.0 for tag, found in metrics.by_language.items()}
    return {
        "answer length": metrics.answer_length,
        "answers that end": harm.ended,
        "distinct 4-grams": harm.distinct,
        "relevance to the prompt": harm.relevance,
        "its standard error": harm.relevance_error,
        **of_language,
    }


def _show(found: list[dict[str, float]]) -> None:
    print("\n| figure | mean | standard deviation of two draws' difference |\n|---|--:|--:|")
    for name in found[0]:
        values = [figures[name] for figures in found]
        print(f"| {name} | {fmean(values):.4g} | {stdev(values) * 2**0.5:.2g} |")


if __name__ == "__main__":
    typer.run(main)
