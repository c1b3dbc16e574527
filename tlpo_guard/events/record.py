"""One logged confusion point, whole or without its context."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from tlpo_guard.guard.points import Action, Kind
from tlpo_guard.languages.decided_by import DecidedBy

__all__ = ["Candidate", "Event", "EventSketch"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the K most probable next tokens at the confusion point, before any masking.

    Attributes:
        token_id: its id.
        logprob: raw log-probability in nats, at temperature 1.
        drifts: the detector's verdict.
    """

    token_id: int
    logprob: float
    drifts: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One confusion point with everything that a distillation needs.

    Attributes:
        id: 32 hex digits.
        created_at: aware, UTC.
        adapter_version: `base` or a version's name.
        language: expected languages, BCP-47, comma-separated.
        decided_by: what decided which languages are expected.
        confidence: of that decision, 0 to 1.
        scripts: further scripts that the request allowed, ISO 15924, comma-separated.
        admitted: other languages that might appear in the answer as words, names and quotations, BCP-47, comma-separated.
        claimed: other languages that the whole answer might still have turned out to be in, likewise.
        settled: whether the expectation was decided when the point came; None in events of versions that noted no claims.
        prompt_ids: the server's own token ids.
        output_ids: the answer before the point.
        position: index of the point in the answer, the length of `output_ids` when it was logged.
        token_id: the token that drifts.
        kind: how the drift shows.
        confusion_mass: probability of drifting tokens, 0 to 1, under the request's own sampling but no more than the raw logits
            at temperature 1 may have; where the request makes tokens likelier than the model does, by a bias, penalties or a
            temperature above 1, by the raw logits of the candidates.
        action: what the guard did.
        replacement_id: the token taken instead, None where none was.
        key: name of the API key that asked; empty where the server has no keys.
        biased: a logit bias or penalties had moved what the token was drawn from; None in events of versions that did not say.
    """

    id: str
    created_at: datetime
    request_id: str
    user: str | None
    model: str
    base_fingerprint: str
    tokenizer_fingerprint: str
    adapter_version: str
    language: str
    decided_by: DecidedBy
    confidence: float
    allow_english: bool
    allow_hanja: bool
    prompt_ids: tuple[int, ...]
    output_ids: tuple[int, ...]
    position: int
    token_id: int
    kind: Kind
    candidates: tuple[Candidate, ...]
    confusion_mass: float
    action: Action
    replacement_id: int | None
    temperature: float
    top_p: float
    top_k: int | None
    seed: int | None
    detector_version: str
    scripts: str = ""
    admitted: str = ""
    claimed: str = ""
    settled: bool | None = None
    key: str = ""
    biased: bool | None = None

    @property
    def context_hash(self) -> str:
        """What makes two events the same point: base, adapter, prompt and the answer so far."""
        content = [self.base_fingerprint, self.adapter_version, self.prompt_ids, self.output_ids]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self) | {"created_at": self.created_at.isoformat()}


class EventSketch(NamedTuple):
    """What is quickly read of an event; strings and numbers are as they stand in the table, whoever wrote them.

    Attributes:
        context_characters: how long the prompt and the answer before the point are in JSON; a measure of their tokens.
        has_prompt: whether the context was logged.
        odd: a number is none: a probability, a position or an id.
    """

    event_id: str
    request_id: str
    key: str
    user: str | None
    biased: bool | None
    language: str
    token_id: int
    position: int
    confusion_mass: float
    confidence: float
    base_fingerprint: str
    tokenizer_fingerprint: str
    context_hash: str
    context_characters: int
    has_prompt: bool
    odd: bool
