"""The Language Confusion Benchmark's metrics (Marchisio et al. 2024, section 3)."""

from tlpo_guard.lcb.english_words import english_words
from tlpo_guard.lcb.judgement import Judgement, judge
from tlpo_guard.lcb.rates import Rates, rates

__all__ = ["Judgement", "Rates", "english_words", "judge", "rates"]
