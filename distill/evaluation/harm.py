"""Harm that no training objective looks at: answers that no longer end, repeat themselves, or leave their prompts."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from distill.evaluation.ends import end_probability
from distill.evaluation.figures import HarmMetrics
from distill.evaluation.from_base import Along, mean_change
from distill.evaluation.relevance import relevance
from distill.evaluation.repetition import distinct
from distill.policy_model.likelihood import Completion

__all__ = ["harm_of"]

_SHUFFLED = 1


def harm_of(
    model: Any,
    sampled: Mapping[str, Sequence[Completion]],
    unseen: Sequence[Along],
    max_new_tokens: int,
    ended: Sequence[Completion] = (),
) -> HarmMetrics | None:
    """Figures of sampled answers, how far the model is from its base on text that nothing trained it on, and whether it would end
    where the base did.

    None without answers.

    Args:
        sampled: by language; an answer that has `max_new_tokens` has not ended.
        unseen: base and model along clean text in any language.
        ended: answers of the base, each with the token that ended it.
    """
    answers = [answer.ids for by_language in sampled.values() for answer in by_language]
    if not answers:
        return None
    scores = _relevance(model, sampled)
    mean = _mean(scores)
    return HarmMetrics(
        answers=len(answers),
        ended=_mean([len(ids) < max_new_tokens for ids in answers]),
        distinct=_mean([distinct(ids) for ids in answers]),
        relevance=mean if scores else None,
        relevance_error=math.sqrt(_mean([(s - mean) ** 2 for s in scores]) / len(scores)) if scores else None,
        unseen_kl=mean_change(unseen)[0] if unseen else None,
        ending=end_probability(model, ended) if ended else None,
    )


def _relevance(model: Any, sampled: Mapping[str, Sequence[Completion]]) -> list[float]:
    """Of one answer to each prompt: two to one prompt would be each other's shuffled ones."""
    found: list[float] = []
    for answers in sampled.values():
        firsts: defaultdict[tuple[int, ...], list[Completion]] = defaultdict(list)
        for answer in answers:
            if answer.ids:
                firsts[answer.prompt_ids].append(answer)
        chosen = [of_prompt[0] for of_prompt in firsts.values()]
        if len(chosen) > _SHUFFLED:
            found += relevance(model, chosen, _SHUFFLED)
    return found


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan
