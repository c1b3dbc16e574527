"""The events of a vLLM engine on their way to the log."""

from collections.abc import Sequence
from typing import Any

from tlpo_guard.events.drafts import AnswerOrigin, event_of
from tlpo_guard.events.opening import open_store
from tlpo_guard.events.writer import EventWriter
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.integrations.vllm.requests import GuardedRequest
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.models.fingerprints import tokenizer_fingerprint
from tlpo_guard.models.load import load_outline
from tlpo_guard.settings import Settings

__all__ = ["EngineLog", "served_name"]


class EngineLog:
    """Writes the events of one engine, on a thread of its own.

    Args:
        model: name that the model is served under.
        base_fingerprint: of its weights; so is `tokenizer_fingerprint` of its tokenizer.

    Attributes:
        known: events so far.
    """

    def __init__(self, writer: EventWriter, model: str, base_fingerprint: str, tokenizer_fingerprint: str) -> None:
        self.known = 0
        self._writer = writer
        self._model = model
        self._fingerprints = (base_fingerprint, tokenizer_fingerprint)

    @classmethod
    def of(cls, settings: Settings, model_config: Any, tokenizer: Any) -> "EngineLog":
        """The log that the settings name, for the model of an engine.

        Args:
            model_config: vLLM's.
            tokenizer: the model's, as transformers has it.

        Raises:
            StoreError: the log cannot be opened.
        """
        cache = settings.data_dir / "cache"
        base = load_outline(model_config.model, cache_dir=cache).fingerprint
        writer = EventWriter(open_store(settings.store_location), log_context=settings.log_context)
        return cls(writer, served_name(model_config), base, tokenizer_fingerprint(tokenizer))

    @property
    def stored(self) -> int:
        """Events that are in the log, or could not be put there."""
        counters = self._writer.counters
        return counters.written + counters.failed + counters.dropped

    def record(
        self, request: GuardedRequest, draft: EventDraft, prompt_ids: Sequence[int], before: Sequence[int]
    ) -> None:
        """Queue an event; never blocks.

        Args:
            before: the answer's tokens before the confusion point.
        """
        told, params = request.arguments, request.params
        named = DecidedBy.SERVER if told.languages is None else DecidedBy.REQUEST
        origin = AnswerOrigin(
            request_id=request.id,
            model=self._model,
            base_fingerprint=self._fingerprints[0],
            tokenizer_fingerprint=self._fingerprints[1],
            adapter_version=told.adapter,
            decided_by=told.decided_by or named,
            confidence=told.confidence,
            key=told.key,
            user=told.user,
            temperature=request.temperature,
            top_p=params.top_p,
            top_k=params.top_k if params.top_k > 0 else None,
            seed=params.seed,
            biased=request.biased,
        )
        self.known += 1
        self._writer.put(event_of(draft, origin=origin, policy=request.policy, prompt_ids=prompt_ids, before=before))

    def close(self) -> None:
        """Write what is queued."""
        self._writer.close()


def served_name(model_config: Any) -> str:
    """The first name that a model is served under."""
    name = model_config.served_model_name
    return str((name[0] if isinstance(name, list) and name else name) or model_config.model)
