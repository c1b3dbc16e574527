"""All figures of a model as it is now."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from distill.config import Evaluation
from distill.evaluation.accuracy import accuracies
from distill.evaluation.figures import LanguageMetrics, Metrics, WatchedMetrics
from distill.evaluation.from_base import Along, change_from_base, changes_from_base, perplexity_along
from distill.evaluation.harm import harm_of
from distill.evaluation.pass_rates import Answered, answer_prompts
from distill.evaluation.yardstick import Yardstick
from distill.policy_model.forward import adapter_off, evaluating, is_base, rows_at_points
from distill.policy_model.likelihood import Completion, perplexity
from distill.selection.groups import Group
from distill.tlpo.exploration import drifting_mass
from distill.tlpo.rewards import RulesOf

__all__ = ["evaluate"]

_GROUPS = 8
_POINTS = 32  # rows of the whole vocabulary at once, where no group alone has more


@dataclass(frozen=True, slots=True)
class _Point:
    """What a held-out point looks like: probability of drifting tokens, and whether the best one drifts."""

    mass: float
    drifting: bool


@torch.no_grad()
def evaluate(
    model: Any,
    tokenizer: Any,
    yardstick: Yardstick,
    rules_of: RulesOf,
    settings: Evaluation,
    *,
    temperature: float,
    base_perplexity: float | None = None,
) -> Metrics:
    """All figures of the model as it is now, with the guard off.

    Args:
        model: with or without an adapter; without one there is no change of the English answers.
        temperature: of the sampling policy whose confusion is measured and whose answers are judged, above 0.
        base_perplexity: as an earlier evaluation has measured it on this yardstick; None measures it.

    Raises:
        ConfigurationError: the questions of `settings` cannot be used.
    """
    with evaluating(model):
        points = _confusion(model, yardstick.held_out, rules_of, temperature)
        kl, change = change_from_base(model, yardstick.english)
        answered = answer_prompts(
            model, tokenizer, yardstick.prompts, settings, temperature=temperature, seed=yardstick.seed
        )
        # Nothing trains on them: no anchor holds an answer to the operator's prompts.
        unseen = changes_from_base(model, list(map(Completion.of, yardstick.watched)))
        now = perplexity(model, yardstick.clean)
        if base_perplexity is None and yardstick.clean:
            base_perplexity = now if is_base(model) else _of_base(model, yardstick.clean)
        all_points = [point for of_language in points.values() for point in of_language]
        return Metrics(
            confusion_mass=_mean([point.mass for point in all_points]),
            drifting_share=_mean([point.drifting for point in all_points]),
            perplexity=now,
            answer_length=_mean([len(answer.ids) for answers in answered.sampled.values() for answer in answers]),
            english_kl=kl,
            english_logprob_change=change,
            rpr=answered.overall.rpr,
            lpr=answered.overall.lpr,
            wpr=answered.overall.wpr,
            by_language=_by_language(points, answered),
            accuracy=accuracies(model, tokenizer, settings),
            base_perplexity=base_perplexity,
            watched=_watched(_confusion(model, yardstick.watched, rules_of, temperature), yardstick.watched, unseen),
            harm=harm_of(model, answered.sampled, unseen, settings.max_new_tokens, yardstick.ended),
        )


def _of_base(model: Any, completions: Sequence[Completion]) -> float:
    with adapter_off(model):
        return perplexity(model, completions)


def _confusion(
    model: Any, groups: Sequence[Group], rules_of: RulesOf, temperature: float
) -> Mapping[str, Sequence[_Point]]:
    """The points of each language."""
    by_language: defaultdict[str, list[_Point]] = defaultdict(list)
    for batch in _batches(groups):
        probs = (rows_at_points(model, batch) / temperature).softmax(dim=-1)
        mass, top = drifting_mass(probs, batch, rules_of)
        languages = [group.language for group in batch for _ in group.points]
        for language, *point in zip(languages, mass.tolist(), top.tolist(), strict=True):
            by_language[language].append(_Point(*point))
    return by_language


def _watched(
    points: Mapping[str, Sequence[_Point]], answers: Sequence[Group], along: Sequence[Along]
) -> Mapping[str, WatchedMetrics]:
    of_language: defaultdict[str, list[Along]] = defaultdict(list)
    for answer, one in zip(answers, along, strict=True):
        of_language[answer.language].append(one)
    return {
        language: WatchedMetrics(
            points=len(found),
            confusion_mass=_mean([point.mass for point in found]),
            perplexity=perplexity_along(of_language[language]),
        )
        for language, found in sorted(points.items())
    }


def _batches(groups: Sequence[Group]) -> Iterator[list[Group]]:
    """Groups of like length, as many as have 32 points together."""
    batch: list[Group] = []
    points = 0
    for group in sorted(groups, key=lambda g: len(g.ids)):
        if batch and (len(batch) == _GROUPS or points + len(group.points) > _POINTS):
            yield batch
            batch, points = [], 0
        batch.append(group)
        points += len(group.points)
    if batch:
        yield batch


def _by_language(points: Mapping[str, Sequence[_Point]], answered: Answered) -> Mapping[str, LanguageMetrics]:
    return {language: _language(points.get(language, ()), answered, language) for language in sorted(points)}


def _language(points: Sequence[_Point], answered: Answered, language: str) -> LanguageMetrics:
    sampled, rates = answered.sampled.get(language, ()), answered.by_language.get(language)
    return LanguageMetrics(
        points=len(points),
        confusion_mass=_mean([point.mass for point in points]),
        drifting_share=_mean([point.drifting for point in points]),
        answers=len(sampled),
        rpr=None if rates is None else rates.rpr,
        lpr=None if rates is None else rates.lpr,
        wpr=None if rates is None else rates.wpr,
        answer_length=_mean([len(answer.ids) for answer in sampled]),
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan
