"""One request from its body to its answer: intent, policy, engine row, text, events."""

import asyncio
import codecs
import logging
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from server.adapters import VersionGate
from server.engine import EngineError, TransformersEngine
from server.errors import ApiError
from server.schemas import ChatRequest, CompletionRequest, GenerationRequest
from tlpo_guard.detector import DETECTOR_VERSION
from tlpo_guard.events.record import Candidate, Event
from tlpo_guard.events.writer import EventWriter
from tlpo_guard.guard import EventDraft, SequenceState
from tlpo_guard.integrations.transformers import SampledSequence
from tlpo_guard.intent import Intent, Message, expected_language
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.sampling import Race, SamplingParams

__all__ = ["Generation", "GenerationService", "Piece"]

logger = logging.getLogger(__name__)

_COMMIT_SECONDS = 5.0  # a store that takes longer is ill, and the answer goes out without it


@dataclass(slots=True)
class Generation:
    """One answer in the making.

    Attributes:
        request_id: also the answer's id.
        version: adapter version that every token comes from.
        finish_reason: `stop` or `length`, set with the last piece.
    """

    request_id: str
    created: int
    version: str
    prompt_ids: list[int]
    params: SamplingParams
    policy: GuardPolicy
    intent: Intent
    user: str | None
    max_new_tokens: int
    state: SequenceState | None = None
    finish_reason: str | None = None
    completion_tokens: int = 0

    @property
    def events(self) -> int:
        """Events logged for this answer so far."""
        return self.state.events if self.state else 0


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that is ready to be sent."""

    text: str


class GenerationService:
    """Answers requests on one engine. Lives on the event loop."""

    def __init__(
        self,
        engine: TransformersEngine,
        gate: VersionGate,
        writer: EventWriter,
        *,
        policy: GuardPolicy,
        default_max_tokens: int,
    ) -> None:
        self.engine = engine
        self.gate = gate
        self.writer = writer
        self.policy = policy
        self.default_max_tokens = default_max_tokens
        self.commit_failures = 0
        self.recording_faults = 0

    @property
    def model_name(self) -> str:
        """Name under which the model is served."""
        return self.engine.loaded.name

    def fingerprint(self, version: str) -> str:
        """`system_fingerprint` of an answer: base weights and adapter version."""
        return f"{self.engine.loaded.fingerprint}-{version}"

    @asynccontextmanager
    async def generation(self, body: ChatRequest | CompletionRequest) -> AsyncIterator[Generation]:
        """Prepare an answer and hold its adapter version until it is out.

        Raises:
            ApiError: a request that cannot be served; names the field.
        """
        prompt_ids, messages = self._prompt(body)
        max_new_tokens = self._budget(body, prompt_ids)
        policy, intent = self._policy(body, messages)
        params = SamplingParams(body.temperature, body.top_p, body.top_k, body.seed)
        async with self.gate.request() as version:
            kind = "chatcmpl" if isinstance(body, ChatRequest) else "cmpl"
            request_id = f"{kind}-{uuid.uuid4().hex}"
            made = int(time.time())
            yield Generation(request_id, made, version, prompt_ids, params, policy, intent, body.user, max_new_tokens)

    async def pieces(self, generation: Generation) -> AsyncIterator[Piece]:
        """The answer's text as it comes; after the last piece all of its events are in the store.

        Raises:
            ApiError: the engine failed.
        """
        guard = self.engine.sampler.guard
        state = guard.open(generation.policy, lambda _, draft: self._record(generation, draft))
        generation.state = state
        race = Race(generation.params, self.engine.loaded.model.device)
        sequence = SampledSequence(generation.params, race, state)
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        vocabulary = guard.detector.vocabulary
        last = -1
        tokens = self.engine.generate(generation.request_id, generation.prompt_ids, generation.max_new_tokens, sequence)
        try:
            async for fresh in tokens:
                generation.completion_tokens += len(fresh)
                last = fresh[-1]
                text = decoder.decode(b"".join(vocabulary.token_bytes(i) for i in fresh))
                if text:
                    yield Piece(text)
        except EngineError as exc:
            raise ApiError(500, str(exc), code="engine_error") from exc
        finally:
            await tokens.aclose()
        if rest := decoder.decode(b"", final=True):
            yield Piece(rest)
        generation.finish_reason = "stop" if last in self.engine.eos_token_ids else "length"
        await self._committed(generation)

    async def _committed(self, generation: Generation) -> None:
        if not generation.events:
            return
        try:
            done = asyncio.wrap_future(self.writer.barrier(generation.request_id))
            kept = await asyncio.wait_for(asyncio.shield(done), _COMMIT_SECONDS)
        except Exception:
            kept = False
        if not kept:
            self.commit_failures += 1
            logger.error("events of request %s could not be stored", generation.request_id)

    def _prompt(self, body: ChatRequest | CompletionRequest) -> tuple[list[int], list[Message]]:
        """Prompt ids and the messages that tell the language."""
        if body.model != self.model_name:
            message = f"model {body.model!r} is not served here; use {self.model_name!r}"
            raise ApiError(404, message, param="model", code="model_not_found")
        tokenizer = self.engine.loaded.tokenizer
        if isinstance(body, CompletionRequest):
            return list(tokenizer(body.prompt)["input_ids"]), [Message("user", body.prompt)]
        messages = [Message(message.role, message.text) for message in body.messages]
        conversation = [{"role": m.role, "content": m.text} for m in body.messages]
        text = tokenizer.apply_chat_template(conversation, add_generation_prompt=True, tokenize=False)
        return list(tokenizer(text, add_special_tokens=False)["input_ids"]), messages

    def _budget(self, body: GenerationRequest, prompt_ids: list[int]) -> int:
        field, asked = "max_tokens", body.max_tokens
        if isinstance(body, ChatRequest):
            if body.max_completion_tokens is not None:
                field, asked = "max_completion_tokens", body.max_completion_tokens
            where = "messages"
        else:
            where = "prompt"
        room = self.engine.context_length - len(prompt_ids)
        if not prompt_ids:
            raise ApiError(400, f"{where} holds no tokens", param=where, code="invalid_value")
        if room < 1:
            message = f"{where} takes {len(prompt_ids)} tokens; the context holds {self.engine.context_length}"
            raise ApiError(400, message, param=where, code="context_length_exceeded")
        if asked is not None and asked > room:
            message = f"{field} is {asked}; after the prompt's {len(prompt_ids)} tokens the context has room for {room}"
            raise ApiError(400, message, param=field, code="context_length_exceeded")
        return asked if asked is not None else min(self.default_max_tokens, room)

    def _policy(self, body: GenerationRequest, messages: Sequence[Message]) -> tuple[GuardPolicy, Intent]:
        own = body.guard
        intent = expected_language(own.languages or (), self.policy.languages, messages)
        policy = replace(
            self.policy,
            mode=self.policy.mode if own.mode is None else own.mode,
            languages=intent.languages,
            allow_english=self.policy.allow_english if own.allow_english is None else own.allow_english,
            allow_hanja=self.policy.allow_hanja if own.allow_hanja is None else own.allow_hanja,
            scripts_too=tuple(own.scripts or ()),
        )
        return policy, intent

    def _record(self, generation: Generation, draft: EventDraft) -> None:
        """Called on the generation thread: only builds the record and queues it."""
        state, loaded, params = generation.state, self.engine.loaded, generation.params
        assert state is not None
        event = Event(
            id=uuid.uuid4().hex,
            created_at=datetime.now(UTC),
            request_id=generation.request_id,
            user=generation.user,
            model=loaded.name,
            base_fingerprint=loaded.fingerprint,
            tokenizer_fingerprint=loaded.tokenizer_fingerprint,
            adapter_version=generation.version,
            language=",".join(generation.intent.languages),
            decided_by=generation.intent.decided_by,
            confidence=generation.intent.confidence,
            allow_english=generation.policy.allow_english,
            allow_hanja=generation.policy.allow_hanja,
            scripts=",".join(generation.policy.scripts_too),
            prompt_ids=tuple(generation.prompt_ids),
            output_ids=tuple(state.output_ids),
            position=draft.position,
            token_id=draft.token_id,
            kind="script",
            candidates=tuple(Candidate(*candidate) for candidate in draft.candidates),
            confusion_mass=draft.mass,
            action=draft.action,
            replacement_id=draft.replacement_id,
            temperature=params.temperature,
            top_p=params.top_p,
            top_k=params.top_k,
            seed=params.seed,
            detector_version=DETECTOR_VERSION,
        )
        self.writer.put(event)
