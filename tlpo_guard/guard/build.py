"""The guard over one tokenizer."""

from pathlib import Path
from typing import Any

from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["build_guard"]


def build_guard(tokenizer: Any, vocabulary_size: int, cache_dir: Path | None = None) -> Guard:
    """The guard over one tokenizer; `vocabulary_size` is the number of logits columns."""
    detector = DriftDetector(VocabularyIndex.of(tokenizer, size=vocabulary_size, cache_dir=cache_dir))
    return Guard(detector, _spans(tokenizer))


def _spans(tokenizer: Any) -> dict[int, bool]:
    """Tokens that open and close reasoning and tool calls, of a tokenizer that has them as single ones."""
    added = {str(token): i for i, token in tokenizer.added_tokens_decoder.items()}
    opening = {added[mark]: True for mark in ("<think>", "<tool_call>", "[TOOL_CALLS]") if mark in added}
    return opening | {added[mark]: False for mark in ("</think>", "</tool_call>") if mark in added}
