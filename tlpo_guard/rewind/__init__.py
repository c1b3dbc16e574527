"""Going back: where an answer has slipped into another language of its script, and what it may not say there again."""

from tlpo_guard.rewind.foreign_tokens import ForeignTokens
from tlpo_guard.rewind.watch import ConfusionPoint, WordWatch

__all__ = ["ConfusionPoint", "ForeignTokens", "WordWatch"]
