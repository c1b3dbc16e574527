"""Held-out figures of a model with the guard off, before and after a distillation."""

from distill.evaluation.english import ENGLISH_PROMPTS
from distill.evaluation.figures import LanguageMetrics, Metrics
from distill.evaluation.measure import evaluate
from distill.evaluation.yardstick import Yardstick, make_yardstick
from distill.policy_model.likelihood import Completion, perplexity

__all__ = [
    "ENGLISH_PROMPTS",
    "Completion",
    "LanguageMetrics",
    "Metrics",
    "Yardstick",
    "evaluate",
    "make_yardstick",
    "perplexity",
]
