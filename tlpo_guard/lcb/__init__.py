"""The Language Confusion Benchmark's metrics (Marchisio et al. 2024, section 3)."""

from tlpo_guard.lcb.metrics import Judgement, judge
from tlpo_guard.lcb.rates import Rates, rates
from tlpo_guard.lcb.words import english_words

__all__ = ["Judgement", "Rates", "english_words", "judge", "rates"]
