"""What kind of place the end of an answer is: whether code, a copy or a name may stand there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from tlpo_guard.brought import Brought
from tlpo_guard.guard.answer_tail import AnswerTail, Fence, begins_gloss, in_no_language
from tlpo_guard.guard.automaton import BORDER
from tlpo_guard.guard.detector import DRIFTS, ScriptRules
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.pardon import Pardons
from tlpo_guard.marks.tokens import START
from tlpo_guard.words.latin import is_latin_term

__all__ = ["ForeignTokens", "Place", "place_of"]

_CACHED = 1024  # places of answers to one prompt
_LOOK_BACK = 8  # tokens; pending bytes are at most three, and hardly any token is empty


@dataclass(frozen=True, slots=True)
class Place:
    """The end of an answer.

    Attributes:
        tail: its last tokens.
        free: what follows is in no language: code, a formula, an address, reasoning, a gloss in brackets.
    """

    tail: AnswerTail
    free: bool


def place_of(guard: Guard, output_ids: Sequence[int]) -> Place:
    """The place behind an answer; linear in it."""
    vocabulary, fence, marks = guard.detector.vocabulary, Fence(), START
    for index, token_id in enumerate(output_ids):
        marks = guard.marks.advance(marks, token_id)
        if token_id in guard.fences:
            fence.mark(vocabulary, output_ids[:index], token_id)
    tail = AnswerTail.of(vocabulary, output_ids, fence)
    free = tail.in_code or guard.marks.inside(marks) or in_no_language(tail.text) or begins_gloss(tail.text)
    return Place(tail, free)


class ForeignTokens:
    """Tells which tokens of an answer drift by their script, and are neither in code, nor copies, nor names.

    Args:
        guard: over the model's vocabulary.
        rules: the scripts that may stand in the answer.
        brought: by the conversation, whose strings may be said again.
    """

    def __init__(self, guard: Guard, rules: ScriptRules, brought: Brought) -> None:
        self._vocabulary = guard.detector.vocabulary
        self._rules = rules
        self._brought = brought
        self.place = lru_cache(maxsize=_CACHED)(partial(place_of, guard))

    def among(self, output_ids: tuple[int, ...], branch: Sequence[int]) -> Iterator[int]:
        """Indexes of those of a branch behind an answer."""
        rules, pending = self._rules, self._rules.fold(output_ids[-_LOOK_BACK:])
        for index, token_id in enumerate(branch):
            if rules.flag(pending, token_id) & DRIFTS and not self._may_stand(
                (*output_ids, *branch[:index]), pending, token_id
            ):
                yield index
            pending = rules.advance(pending, token_id)

    def _may_stand(self, before: tuple[int, ...], pending: int, token_id: int) -> bool:
        place = self.place(before)
        if place.free:
            return True
        if pending == BORDER and is_latin_term(self._vocabulary.token_bytes(token_id).decode("utf-8", "replace")):
            return True
        return token_id in Pardons(self._vocabulary, self._rules, place.tail, self._brought).among([token_id])
