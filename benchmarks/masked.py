"""What `mask` would keep out of an answer, for benchmarks that bring the answer with them."""

from collections.abc import Sequence
from pathlib import Path

from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.detector import BLOCKED, DriftDetector
from tlpo_guard.intent import Message, expected_language
from tlpo_guard.models.load import load_tokenizer
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["Masking"]


class Masking:
    """The mask over the packaged model's tokenizer.

    Args:
        cache: where the tokenizer is unpacked.
    """

    def __init__(self, cache: Path) -> None:
        self._tokenizer = load_tokenizer("smollm2", cache_dir=cache)
        vocabulary = VocabularyIndex.of(self._tokenizer, size=len(self._tokenizer), cache_dir=cache)
        self._detector = DriftDetector(vocabulary)

    def blocked(self, messages: Sequence[Message], answer: str, *, strict: bool = False) -> list[tuple[int, int]]:
        """Spans of the answer, in characters, of the tokens that the mask keeps out."""
        intent = expected_language((), (), messages)
        if not intent.languages:
            return []
        policy = GuardPolicy(
            languages=intent.languages,
            admitted=intent.admitted,
            claimed=intent.claimed,
            allow_english=not strict,
        )
        rules = self._detector.rules(policy)
        encoded = self._tokenizer(answer, add_special_tokens=False, return_offsets_mapping=True)
        spans, state = [], BORDER
        for token_id, span in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True):
            if rules.flag(state, token_id) & BLOCKED:
                spans.append((span[0], span[1]))
            state = rules.advance(state, token_id)
        return spans
