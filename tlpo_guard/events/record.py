"""One logged confusion point."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

__all__ = ["Candidate", "Event"]


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
        decided_by: `request`, `server` or `prompt`.
        confidence: of that decision, 0 to 1.
        scripts: further scripts that the request allowed, ISO 15924, comma-separated.
        prompt_ids: the server's own token ids.
        output_ids: the answer before the point.
        position: index of the point in the answer, the length of `output_ids` when it was logged.
        token_id: the token that drifts.
        kind: `script` or `word`.
        confusion_mass: probability of drifting tokens under the request's own sampling, 0 to 1.
        action: `observed`, `masked` or `stood_back`.
        replacement_id: the token taken instead, None where none was.
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
    decided_by: str
    confidence: float
    allow_english: bool
    allow_hanja: bool
    prompt_ids: tuple[int, ...]
    output_ids: tuple[int, ...]
    position: int
    token_id: int
    kind: str
    candidates: tuple[Candidate, ...]
    confusion_mass: float
    action: str
    replacement_id: int | None
    temperature: float
    top_p: float
    top_k: int | None
    seed: int | None
    detector_version: str
    scripts: str = ""

    @property
    def context_hash(self) -> str:
        """What makes two events the same point: base, adapter, prompt and the answer so far."""
        content = [self.base_fingerprint, self.adapter_version, self.prompt_ids, self.output_ids]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self) | {"created_at": self.created_at.isoformat()}
