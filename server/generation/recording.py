"""From the guard's draft of an event to the event in the log."""

import asyncio
import logging
import uuid
from datetime import UTC, datetime

from server.engines.engine import ModelCard
from server.generation.plan import Plan, Prompt
from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.events.writer import EventWriter
from tlpo_guard.guard.detector import DETECTOR_VERSION
from tlpo_guard.guard.points import EventDraft

__all__ = ["EventRecorder"]

logger = logging.getLogger(__name__)

_COMMIT_SECONDS = 5.0  # a store that takes longer is ill, and the answer goes out without it


class EventRecorder:
    """Records the confusion points of answers.

    Attributes:
        commit_failures: requests whose answers went out though their events were not stored.
    """

    def __init__(self, writer: EventWriter, card: ModelCard) -> None:
        self.writer = writer
        self.commit_failures = 0
        self._card = card

    def record(
        self, draft: EventDraft, before: list[int], *, request_id: str, plan: Plan, prompt: Prompt, version: str
    ) -> None:
        """Queue one event; never blocks.

        Args:
            before: the answer's tokens before the confusion point.
            version: adapter version that the answer comes from.
        """
        policy, intent, params = prompt.policy, prompt.intent, plan.params
        expected = draft.languages if draft.settled and draft.languages else policy.languages
        others = dict.fromkeys((*policy.languages, *policy.admitted, *(policy.claimed if draft.settled else ())))
        event = Event(
            id=uuid.uuid4().hex,
            created_at=datetime.now(UTC),
            request_id=request_id,
            key=plan.key,
            user=plan.user,
            model=self._card.name,
            base_fingerprint=self._card.base_fingerprint,
            tokenizer_fingerprint=self._card.tokenizer_fingerprint,
            adapter_version=version,
            language=",".join(expected),
            decided_by=intent.decided_by,
            confidence=intent.confidence,
            allow_english=policy.allow_english,
            allow_hanja=policy.allow_hanja,
            scripts=",".join(policy.scripts_too),
            admitted=",".join(tag for tag in others if tag not in expected),
            claimed=",".join(policy.claimed),
            settled=draft.settled,
            prompt_ids=tuple(prompt.ids),
            output_ids=tuple(before),
            position=draft.position,
            token_id=draft.token_id,
            kind=draft.kind,
            candidates=tuple(Candidate(*candidate) for candidate in draft.candidates),
            confusion_mass=draft.mass,
            action=draft.action,
            replacement_id=draft.replacement_id,
            temperature=params.temperature,
            top_p=params.top_p,
            top_k=params.top_k,
            seed=params.seed,
            detector_version=DETECTOR_VERSION,
            biased=plan.biased,
        )
        self.writer.put(event)

    async def commit(self, request_id: str) -> None:
        """Wait until the events of a request are stored, or have failed to be; what failed is counted and logged."""
        try:
            stored = asyncio.wrap_future(self.writer.barrier(request_id))
            kept = await asyncio.wait_for(asyncio.shield(stored), _COMMIT_SECONDS)
        except Exception:
            kept = False
        if not kept:
            self.commit_failures += 1
            logger.error("events of request %s could not be stored", request_id)
