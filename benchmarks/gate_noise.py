"""What chance alone does to the gate's figures: the base model against itself, its answers drawn anew.

    python -m benchmarks.gate_noise --draws 8

Korean and German held-out prompts, the default settings of the evaluation. Says also what it cost.
"""

import json
from pathlib import Path
from statistics import fmean, stdev
from time import process_time
from typing import Annotated, Any

import typer

from benchmarks.prompts import held_out_prompts, latin_prompts
from distill.config import DistillConfig
from distill.evaluation.figures import HarmMetrics
from distill.evaluation.harm import harm_of
from distill.evaluation.measure import evaluate
from distill.evaluation.pass_rates import Answered, answer_prompts
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
    draws: Annotated[int, typer.Option(help="Of the answers; 0 only says what an evaluation costs.")] = 8,
) -> None:
    """Print what an evaluation costs, and the spread of every sampled figure over some draws of the same model."""
    loaded, config = load_model(model, cache_dir=cache), DistillConfig(model=model)
    policy = with_new_adapter(loaded, config.lora).eval()
    rules_of, tokenizer = drift_rules(loaded, cache), loaded.tokenizer
    settings, temperature = config.evaluation, config.evaluation.temperature
    groups = list(_held_out(tokenizer, settings.prompts_per_language))
    began = process_time()
    made = make_yardstick(policy, tokenizer, groups, rules_of, settings, temperature=temperature, seed=0)
    print(f"yardstick: {process_time() - began:.1f} CPU seconds")
    began = process_time()
    figures = evaluate(policy, tokenizer, made, rules_of, settings, temperature=temperature)
    print(f"evaluation: {process_time() - began:.1f} CPU seconds")
    print(json.dumps(figures.to_json()["harm"]), f"{len(made.ended)} answers that ended")
    found = []
    for seed in range(draws):
        answered = answer_prompts(policy, tokenizer, made.prompts, settings, temperature=temperature, seed=seed)
        found.append(_sampled(answered, harm_of(policy, answered.sampled, (), settings.max_new_tokens)))
    if draws > 1:
        _show(found)


def _held_out(tokenizer: Any, most: int) -> list[Group]:
    asked = {"ko": held_out_prompts("ko"), "de": latin_prompts("de")}
    return [
        Group(f"{language}-{i}", ids, len(ids), (len(ids) - 1,), language, allow_english=False)
        for language, prompts in asked.items()
        for i, ids in enumerate(chat_ids(tokenizer, prompt) for prompt in prompts[:most])
    ]


def _sampled(answered: Answered, harm: HarmMetrics | None) -> dict[str, float]:
    """The figures that depend on the draw."""
    if harm is None or harm.relevance is None or harm.relevance_error is None:
        raise ValueError("no answers were sampled")
    lengths = [len(answer.ids) for answers in answered.sampled.values() for answer in answers]
    return {
        "answer length, tokens": fmean(lengths),
        "answers that end": harm.ended,
        "distinct 4-grams": harm.distinct,
        "relevance, nats a token": harm.relevance,
        "its standard error": harm.relevance_error,
        **{f"response pass rate, {tag}, %": found.rpr or 0.0 for tag, found in answered.by_language.items()},
    }


def _show(found: list[dict[str, float]]) -> None:
    print("\n| figure | mean | standard deviation of two draws' difference |\n|---|--:|--:|")
    for name in found[0]:
        values = [figures[name] for figures in found]
        print(f"| {name} | {fmean(values):.4g} | {stdev(values) * 2**0.5:.2g} |")


if __name__ == "__main__":
    typer.run(main)
