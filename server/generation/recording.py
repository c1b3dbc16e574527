"""Confusion points of answers, on their way to the log."""

import asyncio
import logging

from server.engines.engine import ModelCard
from server.generation.plan import Plan, Prompt
from tlpo_guard.events.drafts import AnswerOrigin, event_of
from tlpo_guard.events.writer import EventWriter
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
        intent, params = prompt.intent, plan.params
        origin = AnswerOrigin(
            request_id=request_id,
            key=plan.key,
            user=plan.user,
            model=self._card.name,
            base_fingerprint=self._card.base_fingerprint,
            tokenizer_fingerprint=self._card.tokenizer_fingerprint,
            adapter_version=version,
            decided_by=intent.decided_by,
            confidence=intent.confidence,
            temperature=params.temperature,
            top_p=params.top_p,
            top_k=params.top_k,
            seed=params.seed,
            biased=plan.biased,
        )
        self.writer.put(event_of(draft, origin=origin, policy=prompt.policy, prompt_ids=prompt.ids, before=before))

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
