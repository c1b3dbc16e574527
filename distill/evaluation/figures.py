"""The figures of a model, as plain JSON and back."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter

__all__ = ["HarmMetrics", "LanguageMetrics", "Metrics", "WatchedMetrics"]

# JSON knows no NaN and no infinity; neither is a figure that anything could be compared with.
Figure = Annotated[
    float,
    BeforeValidator(lambda value: math.nan if value is None else value),
    PlainSerializer(lambda value: value if math.isfinite(value) else None),
]


@dataclass(frozen=True, slots=True)
class LanguageMetrics:
    """Figures of one language; the pass rates are those of `Metrics`.

    Attributes:
        points: held-out points.
        confusion_mass: mean probability of drifting tokens at them, 0 to 1.
        drifting_share: share of them whose most probable token drifts.
        answers: sampled answers to held-out prompts.
        answer_length: their mean length, tokens.
    """

    points: int
    confusion_mass: Figure
    drifting_share: Figure
    answers: int
    rpr: float | None
    lpr: float | None
    wpr: float | None
    answer_length: Figure


@dataclass(frozen=True, slots=True)
class WatchedMetrics:
    """Figures of one language along clean answers to the operator's prompts.

    Attributes:
        points: tokens of these answers.
        confusion_mass: mean probability of drifting tokens at them, English words among those, 0 to 1.
        perplexity: of the answers.
    """

    points: int
    confusion_mass: Figure
    perplexity: Figure


@dataclass(frozen=True, slots=True)
class HarmMetrics:
    """What sampled answers to held-out prompts show of harm, and what a training has changed elsewhere.

    Attributes:
        answers: how many.
        ended: share of them that end before the length limit, 0 to 1.
        distinct: mean share of an answer's 4-grams that are different, 0 to 1.
        relevance: how much likelier the base finds answers after their own prompts than after others, nats a token; None where no
            language has two prompts.
        relevance_error: its standard error.
        unseen_kl: KL(base || model) over clean answers to the operator's prompts, nats a token; None without such.
        ending: mean probability of ending where the base ended clean answers, 0 to 1; None where hardly any ended.
    """

    answers: int
    ended: Figure
    distinct: Figure
    relevance: float | None = None
    relevance_error: float | None = None
    unseen_kl: float | None = None
    ending: float | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures with the guard off; one that could not be measured is not a number.

    Attributes:
        confusion_mass: mean probability of drifting tokens at held-out points, 0 to 1.
        drifting_share: share of held-out points whose most probable token drifts.
        perplexity: of clean completions of held-out prompts.
        answer_length: mean tokens of sampled answers to held-out prompts, at most `Evaluation.max_new_tokens`.
        english_kl: KL(base || model) over English answers, nats a token.
        english_logprob_change: mean log-probability of those answers, model minus base, nats a token.
        rpr: response pass rate of the sampled answers by this project's detector, percent, mean over languages; None without
            answers.
        lpr: line pass rate, as the Language Confusion Benchmark rates; None where no line is long enough.
        wpr: word pass rate; None where the benchmark asks nothing.
        by_language: by expected languages, as events name them.
        accuracy: by task, 0 to 1.
        base_perplexity: of the base model on what `perplexity` is of; None where it was not measured.
        watched: by language of the operator's prompts.
        harm: None without sampled answers.
    """

    confusion_mass: Figure
    drifting_share: Figure
    perplexity: Figure
    answer_length: Figure
    english_kl: Figure
    english_logprob_change: Figure
    rpr: float | None = None
    lpr: float | None = None
    wpr: float | None = None
    by_language: Mapping[str, LanguageMetrics] = field(default_factory=dict)
    accuracy: Mapping[str, Figure] = field(default_factory=dict)
    base_perplexity: float | None = None
    watched: Mapping[str, WatchedMetrics] = field(default_factory=dict)
    harm: HarmMetrics | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; null for what is not a number."""
        plain: dict[str, Any] = _METRICS.dump_python(self, mode="json")
        return plain

    @classmethod
    def from_json(cls, plain: Any) -> "Metrics":
        """What `to_json` gave.

        Raises:
            ValueError: it did not give this.
        """
        return _METRICS.validate_python(plain)


_METRICS = TypeAdapter(Metrics)
