"""What `mask` would keep out of an answer, for benchmarks that bring the answer with them."""

from collections.abc import Sequence
from pathlib import Path

from tlpo_guard.explain import Explainer, Question
from tlpo_guard.guard.build import build_guard
from tlpo_guard.intent import Message
from tlpo_guard.models.load import load_tokenizer

__all__ = ["Masking"]


class Masking:
    """The mask over the packaged model's tokenizer.

    Args:
        cache: where the tokenizer is unpacked.
    """

    def __init__(self, cache: Path) -> None:
        tokenizer = load_tokenizer("smollm2", cache_dir=cache)
        guard = build_guard(tokenizer, len(tokenizer), cache)
        self._explainer = Explainer(guard)
        self._tokenizer = tokenizer

    def blocked(self, messages: Sequence[Message], answer: str, *, strict: bool = False) -> list[tuple[int, int]]:
        """Spans of the answer, in characters, that the mask keeps out."""
        question = Question(tuple(messages), answer, allow_english=not strict)
        token_ids = self._tokenizer(answer, add_special_tokens=False)["input_ids"]
        return [(part.start, part.end) for part in self._explainer.explain(question, token_ids).blocked]
