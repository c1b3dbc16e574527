"""The gate: whether a trained adapter may become current. Pure figures, without a model."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from distill.config import GateConfig
from distill.evaluation.figures import Metrics

__all__ = ["Check", "GateConfig", "GateDecision", "judge"]

_CLEAN = 0.001  # confusion mass: less is no confusion, and cannot be asked to fall


@dataclass(frozen=True, slots=True)
class Check:
    """One figure against its limit; `limit` is the last value of `after` that is still good."""

    name: str
    before: float
    after: float
    limit: float
    ok: bool


@dataclass(frozen=True, slots=True)
class GateDecision:
    """All checks, and whether every one is ok."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether the adapter may become current."""
        return all(check.ok for check in self.checks)

    def as_dict(self) -> Mapping[str, Any]:
        """For the report, as plain JSON; None for what is not a number."""
        return {"passed": self.passed, "checks": [_plain(check) for check in self.checks]}


def judge(before: Metrics, after: Metrics, config: GateConfig) -> GateDecision:
    """Compare the figures before and after; one that is not a number fails its check.

    A confusion mass that is next to nothing before (0.1%) need not fall: it may only not rise above that. A language's response
    pass rate is of a few sampled answers, so that its limit lies lower than `max_pass_rate_drop` by what chance does to so many
    (a standard error). Tasks are checked that were asked before.
    """
    return GateDecision(
        (
            _confusion(before, after, config),
            _at_most(
                "perplexity",
                before.perplexity,
                after.perplexity,
                before.perplexity * (1.0 + config.max_perplexity_rise),
            ),
            *_over_base(after, config),
            _length(before, after, config),
            _at_most("English KL", before.english_kl, after.english_kl, config.max_english_kl),
            *_pass_rates(before, after, config),
            *_watched(before, after, config),
            *_harm(before, after, config),
            *_accuracies(before, after, config),
        )
    )


def _confusion(before: Metrics, after: Metrics, config: GateConfig) -> Check:
    limit = before.confusion_mass * (1.0 - config.min_relative_confusion_drop)
    return _at_most("confusion mass", before.confusion_mass, after.confusion_mass, _CLEAN if limit < _CLEAN else limit)


def _over_base(after: Metrics, config: GateConfig) -> Iterator[Check]:
    base = after.base_perplexity
    if base is not None:
        limit = base * (1.0 + config.max_perplexity_rise_over_base)
        yield _at_most("perplexity, over base", base, after.perplexity, limit)


def _length(before: Metrics, after: Metrics, config: GateConfig) -> Check:
    widest = before.answer_length * config.max_length_change
    longer = after.answer_length >= before.answer_length
    limit = before.answer_length + (widest if longer else -widest)
    ok = abs(after.answer_length - before.answer_length) <= widest
    return Check("answer length", before.answer_length, after.answer_length, limit, ok)


def _pass_rates(before: Metrics, after: Metrics, config: GateConfig) -> Iterator[Check]:
    for language, figures in before.by_language.items():
        if figures.rpr is None:
            continue
        figures_after = after.by_language.get(language)
        rate_after = math.nan if figures_after is None or figures_after.rpr is None else figures_after.rpr
        limit = figures.rpr - config.max_pass_rate_drop - _standard_error(figures.rpr, figures.answers)
        yield _at_least(f"response pass rate, {language}", figures.rpr, rate_after, max(limit, 0.0))


def _watched(before: Metrics, after: Metrics, config: GateConfig) -> Iterator[Check]:
    """Of the operator's prompts, where no client has a say; also in languages of which the log holds nothing."""
    for language, figures in before.watched.items():
        now = after.watched.get(language)
        mass, perplexity = (math.nan, math.nan) if now is None else (now.confusion_mass, now.perplexity)
        limit = figures.confusion_mass + config.max_confusion_rise
        yield _at_most(f"confusion, own prompts, {language}", figures.confusion_mass, mass, limit)
        limit = figures.perplexity * (1.0 + config.max_watched_perplexity_rise)
        yield _at_most(f"perplexity, own prompts, {language}", figures.perplexity, perplexity, limit)


def _harm(before: Metrics, after: Metrics, config: GateConfig) -> Iterator[Check]:
    """What no objective looks at; a check for each figure that there was before."""
    was, now = before.harm, after.harm
    if was is None:
        return
    ended, distinct = (math.nan, math.nan) if now is None else (now.ended, now.distinct)
    chance = _standard_error(100.0 * was.ended, was.answers) / 100.0
    yield _at_least("answers that end", was.ended, ended, max(0.0, was.ended - config.max_end_rate_drop - chance))
    if was.ending is not None:
        ending = math.nan if now is None or now.ending is None else now.ending
        yield _at_least("ending where the base ends", was.ending, ending, was.ending * (1.0 - config.max_end_drop))
    yield _at_least("distinct 4-grams", was.distinct, distinct, was.distinct - config.max_distinct_drop)
    if was.relevance is not None and was.relevance_error is not None:
        relevance = math.nan if now is None or now.relevance is None else now.relevance
        limit = was.relevance - config.max_relevance_drop - math.sqrt(2.0) * was.relevance_error
        yield _at_least("relevance to the prompt", was.relevance, relevance, limit)
    if was.unseen_kl is not None:
        kl = math.nan if now is None or now.unseen_kl is None else now.unseen_kl
        yield _at_most("unseen-text KL", was.unseen_kl, kl, config.max_unseen_kl)


def _standard_error(rate: float, answers: int) -> float:
    """Standard error (percentage points) of the difference of two samples' rates.

    Two more answers than there are, one of them a failure, keep a rate of 100% from looking certain.
    """
    share = (rate / 100.0 * answers + 1.0) / (answers + 2.0)
    return 100.0 * math.sqrt(2.0 * share * (1.0 - share) / answers)


def _accuracies(before: Metrics, after: Metrics, config: GateConfig) -> Iterator[Check]:
    for task, accuracy in before.accuracy.items():
        limit = accuracy - config.max_accuracy_drop
        yield _at_least(f"accuracy, {task}", accuracy, after.accuracy.get(task, math.nan), limit)


def _at_most(name: str, before: float, after: float, limit: float) -> Check:
    return Check(name, before, after, limit, after <= limit)


def _at_least(name: str, before: float, after: float, limit: float) -> Check:
    return Check(name, before, after, limit, after >= limit)


def _plain(check: Check) -> dict[str, Any]:
    figures = {name: getattr(check, name) for name in ("before", "after", "limit")}
    return {
        "name": check.name,
        **{name: value if math.isfinite(value) else None for name, value in figures.items()},
        "ok": check.ok,
    }
