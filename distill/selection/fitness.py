"""Which events are no examples of leaving the expected language, by their claims and their conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from distill.selection.code_requests import asks_for_code
from distill.selection.drift_reasons import DriftReasons
from tlpo_guard.brought import Brought
from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.events.record import Event
from tlpo_guard.guard.guard import Guard
from tlpo_guard.intent import Intent, Message, expected_language
from tlpo_guard.intent.read_back import messages_of
from tlpo_guard.intent.settling import settle
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.languages.relations import base_language
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.vocabulary.special_tokens import special_texts

__all__ = ["ASKS_FOR_CODE", "CONTRADICTED", "UNSETTLED", "EventFitness"]

UNSETTLED = "an expectation that nothing settled"
CONTRADICTED = "an expectation that the conversation or the answer contradicts"
ASKS_FOR_CODE = "a prompt that asks for code"

_SURE = 0.8  # confidence from which on a conversation contradicts a setting
_SETTINGS = (DecidedBy.REQUEST, DecidedBy.SERVER)
_CACHED = 256
_BEGINNING = 400  # characters of an answer that tell its language


@dataclass(frozen=True, slots=True)
class _Conversation:
    """A prompt, read back; `intent` is what it asks for by itself, whatever a setting says."""

    messages: tuple[Message, ...]
    intent: Intent
    brought: Brought
    asks_for_code: bool

    @classmethod
    def of(cls, messages: Sequence[Message]) -> "_Conversation":
        return cls(tuple(messages), expected_language((), (), messages), Brought.of(messages), asks_for_code(messages))


class EventFitness:
    """Tells why an event is left out of training, None where it is not. Events of versions that noted no claims are judged by
    the claims of their conversation.

    Args:
        tokenizer: of the model.
        guard: over its vocabulary.
    """

    def __init__(self, tokenizer: Any, guard: Guard) -> None:
        self._tokenizer = tokenizer
        self._guard = guard
        self._special: Mapping[int, str] = special_texts(tokenizer, guard.detector.vocabulary.size)
        self._reasons = DriftReasons(guard)
        self._read = lru_cache(maxsize=_CACHED)(self._conversation)

    def __call__(self, event: Event) -> str | None:
        conversation = self._read(event.prompt_ids)
        if conversation.asks_for_code:
            return ASKS_FOR_CODE
        languages = _tags(event.language)
        admitted, claimed = _tags(event.admitted), _tags(event.claimed)
        if event.settled is None:
            admitted, claimed = conversation.intent.admitted, conversation.intent.claimed
        others = tuple(tag for tag in dict.fromkeys((*admitted, *claimed)) if tag not in languages)
        answer = self._text(event.output_ids)
        if reason := _expectation(event, conversation.intent, languages, others, answer):
            return reason
        try:
            policy = GuardPolicy(
                languages=languages,
                admitted=others,
                allow_english=event.allow_english,
                allow_hanja=event.allow_hanja,
                scripts_too=_tags(event.scripts),
            )
        except UnknownLanguageError:
            return None
        return self._reasons.of(event, policy, conversation.brought)

    def _conversation(self, prompt_ids: tuple[int, ...]) -> _Conversation:
        return _Conversation.of(messages_of(self._decoded, self._special, prompt_ids))

    def _decoded(self, token_ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(token_ids), skip_special_tokens=True))

    def _text(self, output_ids: Sequence[int]) -> str:
        vocabulary = self._guard.detector.vocabulary
        return b"".join(map(vocabulary.token_bytes, output_ids)).decode("utf-8", "replace")[:_BEGINNING]


def _tags(listed: str) -> tuple[str, ...]:
    return tuple(tag.strip() for tag in listed.split(",") if tag.strip())


def _expectation(
    event: Event, asked: Intent, languages: tuple[str, ...], others: tuple[str, ...], answer: str
) -> str | None:
    """What speaks against the expected languages themselves.

    Args:
        event: what was logged.
        asked: what its conversation asks for by itself.
        languages: the expected ones.
        others: that the conversation admits or claims.
        answer: its beginning, before the point.
    """
    turned_out = settle(languages, tuple(dict.fromkeys((*others, "en"))), answer)
    if turned_out is not None and not _agree(turned_out, languages):
        return CONTRADICTED
    if event.settled is False:
        return UNSETTLED
    by_setting = event.decided_by in _SETTINGS
    if asked.languages and not _agree(asked.languages, languages) and (asked.confidence >= _SURE or not by_setting):
        return CONTRADICTED
    if event.settled is None and not by_setting and (asked.claimed or not asked.languages) and turned_out is None:
        return UNSETTLED
    return None


def _agree(some: Sequence[str], others: Sequence[str]) -> bool:
    return not set(map(base_language, some)).isdisjoint(map(base_language, others))
