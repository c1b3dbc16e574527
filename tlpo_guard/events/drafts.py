"""From the guard's draft of an event to the event in the log."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.guard.detector import DETECTOR_VERSION
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.policy import GuardPolicy

__all__ = ["AnswerOrigin", "event_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOrigin:
    """Where an answer comes from; the fields mean what they mean in `Event`.

    A distillation takes events with the fingerprints of the model that it trains, which `tlpo-guard doctor` prints.
    """

    request_id: str = ""
    model: str = ""
    base_fingerprint: str = ""
    tokenizer_fingerprint: str = ""
    adapter_version: str = "base"
    decided_by: DecidedBy = DecidedBy.REQUEST
    confidence: float = 1.0
    key: str = ""
    user: str | None = None
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int | None = None
    seed: int | None = None
    biased: bool | None = None


def event_of(
    draft: EventDraft, *, origin: AnswerOrigin, policy: GuardPolicy, prompt_ids: Sequence[int], before: Sequence[int]
) -> Event:
    """The event of a draft.

    Args:
        policy: that the request was held to.
        before: the answer's tokens before the confusion point.
    """
    expected = draft.languages if draft.settled and draft.languages else policy.languages
    others = dict.fromkeys((*policy.languages, *policy.admitted, *(policy.claimed if draft.settled else ())))
    return Event(
        id=uuid.uuid4().hex,
        created_at=datetime.now(UTC),
        request_id=origin.request_id,
        key=origin.key,
        user=origin.user,
        model=origin.model,
        base_fingerprint=origin.base_fingerprint,
        tokenizer_fingerprint=origin.tokenizer_fingerprint,
        adapter_version=origin.adapter_version,
        language=",".join(expected),
        decided_by=origin.decided_by,
        confidence=origin.confidence,
        allow_english=policy.allow_english,
        allow_hanja=policy.allow_hanja,
        scripts=",".join(policy.scripts_too),
        admitted=",".join(tag for tag in others if tag not in expected),
        claimed=",".join(policy.claimed),
        settled=draft.settled,
        prompt_ids=tuple(prompt_ids),
        output_ids=tuple(before),
        position=draft.position,
        token_id=draft.token_id,
        kind=draft.kind,
        candidates=tuple(Candidate(*candidate) for candidate in draft.candidates),
        confusion_mass=draft.mass,
        action=draft.action,
        replacement_id=draft.replacement_id,
        temperature=origin.temperature,
        top_p=origin.top_p,
        top_k=origin.top_k,
        seed=origin.seed,
        detector_version=DETECTOR_VERSION,
        biased=origin.biased,
    )
