"""The gate: whether a trained adapter may become current. Pure figures, without a model."""

from collections.abc import Mapping
from dataclasses import dataclass

from distill.evaluation import Metrics

__all__ = ["Check", "GateConfig", "GateDecision", "judge"]


@dataclass(frozen=True, slots=True)
class GateConfig:
    """How much must improve, and how much harm is tolerated.

    Attributes:
        min_relative_confusion_drop: least fall of the held-out confusion mass, relative to before.
        max_perplexity_rise: most rise of the perplexity of clean completions, relative to before.
        max_length_change: most change of the mean answer length, relative to before, either way.
        max_english_kl: most drift from the base model on English answers, nats a token.
    """

    min_relative_confusion_drop: float = 0.3
    max_perplexity_rise: float = 0.02
    max_length_change: float = 0.25
    max_english_kl: float = 0.05


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

    def as_dict(self) -> Mapping[str, object]:
        """For the report."""
        fields = ("name", "before", "after", "limit", "ok")
        return {"passed": self.passed, "checks": [{f: getattr(c, f) for f in fields} for c in self.checks]}


def judge(before: Metrics, after: Metrics, config: GateConfig) -> GateDecision:
    """Compare the figures before and after; a figure that is not a number fails its check."""
    confusion = before.confusion_mass * (1.0 - config.min_relative_confusion_drop)
    perplexity = before.perplexity * (1.0 + config.max_perplexity_rise)
    change = abs(after.answer_length - before.answer_length)
    widest = before.answer_length * config.max_length_change
    longer = after.answer_length >= before.answer_length
    return GateDecision(
        (
            _at_most("confusion mass", before.confusion_mass, after.confusion_mass, confusion),
            _at_most("perplexity", before.perplexity, after.perplexity, perplexity),
            Check(
                "answer length",
                before.answer_length,
                after.answer_length,
                before.answer_length + (widest if longer else -widest),
                change <= widest,
            ),
            _at_most("English KL", before.english_kl, after.english_kl, config.max_english_kl),
        )
    )


def _at_most(name: str, before: float, after: float, limit: float) -> Check:
    return Check(name, before, after, limit, after <= limit)
