"""Explains: the claims behind an expectation, and the stretches of an answer that the guard keeps out.

The answer goes token by token through the states and rules that guard answers in production, so that what is said here is what
happens there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tlpo_guard.brought import Brought
from tlpo_guard.explain.question import Question
from tlpo_guard.explain.token_places import token_places
from tlpo_guard.explain.wording import why_blocked
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.state import SequenceState
from tlpo_guard.intent import Intent, expected_language
from tlpo_guard.policy import GuardPolicy, Mode

__all__ = ["Blocked", "Explainer", "Explanation"]


@dataclass(frozen=True, slots=True)
class Blocked:
    """A stretch of an answer that `mask` keeps out.

    Attributes:
        start: offset of its first character.
        end: offset behind its last one.
        why: in plain words.
    """

    start: int
    end: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is expected of an answer, and what of it is kept out.

    Attributes:
        blocked: in order; none overlap.
    """

    intent: Intent
    blocked: tuple[Blocked, ...]


class Explainer:
    """Explains for one model.

    Args:
        guard: over its vocabulary.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def explain(self, question: Question, token_ids: Sequence[int], server: Sequence[str] = ()) -> Explanation:
        """Explain one conversation, and the answer to it if there is one.

        Args:
            token_ids: of the answer, without those that begin or end a text.
            server: tags of the languages that a server expects where neither request nor conversation decides.
        """
        intent = expected_language(question.languages, server, question.messages)
        policy = GuardPolicy(
            mode=Mode.MASK,
            languages=intent.written,
            admitted=intent.admitted,
            claimed=intent.claimed,
            allow_english=question.allow_english,
        )
        if not policy.guards or not question.completion:
            return Explanation(intent, ())
        text = question.completion
        state = self._guard.open(policy, brought=Brought.of(question.messages))
        blocked = tuple(_stretches(text, list(self._blocked_characters(state, text, token_ids))))
        return Explanation(intent, blocked)

    def _blocked_characters(
        self, state: SequenceState, text: str, token_ids: Sequence[int]
    ) -> Iterator[tuple[int, str]]:
        """Offsets of the characters that are kept out, ascending, each with why; a character may come several times."""
        guard = self._guard
        pieces = [guard.detector.vocabulary.token_bytes(token_id) for token_id in token_ids]
        for token_id, (start, end) in zip(token_ids, token_places(text, pieces), strict=True):
            if guard.drifts(state, token_id):
                assert state.rules is not None
                foreign = state.rules.foreign_letters(text[start:end])
                why = why_blocked(state, text[start:end])
                for offset in range(start, end):
                    if foreign[offset - start] or not foreign.any():
                        yield offset, why
            guard.advance(state, token_id)


def _stretches(text: str, characters: list[tuple[int, str]]) -> Iterator[Blocked]:
    """Characters with only spaces between them are one stretch."""
    reasons: dict[int, str] = {}
    for offset, why in characters:
        reasons.setdefault(offset, why)
    start = end = -1
    for offset in sorted(reasons):
        if start >= 0 and (text[end:offset].strip(" ") or reasons[offset] != reasons[start]):
            yield Blocked(start, end, text[start:end], reasons[start])
            start = offset
        start, end = (offset if start < 0 else start), offset + 1
    if start >= 0:
        yield Blocked(start, end, text[start:end], reasons[start])
