"""What of the logged drifts is none by today's rules, or by what the conversation brought, or comes too late to learn from."""

from functools import lru_cache

from tlpo_guard.brought import Brought
from tlpo_guard.events.record import Event
from tlpo_guard.guard.answer_tail import AnswerTail, in_no_language
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.points import Kind
from tlpo_guard.guard.state import SequenceState
from tlpo_guard.languages.relations import base_language
from tlpo_guard.languages.scripts import foreign_classes, letter_classes
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.words.latin import is_latin_term

__all__ = ["ADMITTED", "COPIED", "IN_CODE", "NAME", "SYMBOL", "UNDER_WAY", "DriftReasons"]

IN_CODE = "a point inside code, a formula or an address"
ADMITTED = "a drift into a language that the conversation admits or claims"
SYMBOL = "a symbol or sign, which is in no language"
COPIED = "a string that the conversation brought, or a gloss"
NAME = "a name, an acronym or a term in Latin letters"
UNDER_WAY = "a drift that was under way"


class DriftReasons:
    """Tells why the token of an event does not drift.

    Args:
        guard: over the model's vocabulary.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def of(self, event: Event, policy: GuardPolicy, brought: Brought) -> str | None:
        """The reason; None where the token drifts.

        Args:
            event: its ids are in the vocabulary.
            policy: of the request, with all admitted and claimed languages admitted.
            brought: by the conversation.
        """
        guard = self._guard
        state = guard.open(policy, event.prompt_ids, brought)
        for token_id in event.output_ids:
            guard.advance(state, token_id)
        vocabulary = guard.detector.vocabulary
        tail = AnswerTail.of(vocabulary, state.output_ids, state.fence)
        if state.paused or tail.in_code or in_no_language(tail.text):
            return IN_CODE
        if _under_way(tail.text, policy.scripts):
            return UNDER_WAY
        if event.kind == Kind.WORD:
            return ADMITTED if _admits_english(policy) else None
        if guard.drifts(state, event.token_id):
            return None
        text = vocabulary.token_bytes(event.token_id).decode("utf-8", "replace")
        return NAME if "Latn" not in policy.scripts and is_latin_term(text) else self._harmless(state, event)

    def _harmless(self, state: SequenceState, event: Event) -> str:
        assert state.rules is not None
        if state.rules.blocks(state.pending, event.token_id):
            return COPIED
        bare = GuardPolicy(
            languages=state.policy.languages,
            allow_english=event.allow_english,
            allow_hanja=event.allow_hanja,
            scripts_too=state.policy.scripts_too,
        )
        blocked = self._guard.detector.rules(bare).blocks(state.pending, event.token_id)
        return ADMITTED if blocked else SYMBOL


def _admits_english(policy: GuardPolicy) -> bool:
    return "en" in map(base_language, policy.admitted)


def _under_way(answer: str, scripts: frozenset[str]) -> bool:
    """Whether the last letter of an answer is of a foreign script: there the model has hardly anything else to say, and what
    would lower its drift lowers much besides."""
    last = next(filter(str.isalpha, reversed(answer)), None)
    return last is not None and bool(_foreign_classes(scripts)[letter_classes()[ord(last)]])


_foreign_classes = lru_cache(maxsize=256)(foreign_classes)
