"""The guard over one tokenizer."""

from pathlib import Path
from typing import Any

from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.vocabulary.index import VocabularyIndex
from tlpo_guard.vocabulary.special_tokens import special_texts

__all__ = ["build_guard"]


def build_guard(tokenizer: Any, vocabulary_size: int, cache_dir: Path | None = None) -> Guard:
    """The guard over one tokenizer; `vocabulary_size` is the number of logits columns."""
    detector = DriftDetector(VocabularyIndex.of(tokenizer, size=vocabulary_size, cache_dir=cache_dir))
    return Guard(detector, special_texts(tokenizer, vocabulary_size))
