"""The candidates of an event: how probable each was then, and how probable it is under the version that is served now."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.adapters.gate import VersionGate
from server.dashboard.tokens import spelled
from server.engines.engine import Engine
from tlpo_guard.events.record import Event

__all__ = ["CandidateLine", "Now", "candidate_lines", "score_now"]

_REPORTED = 200  # most probable tokens that are asked for; what lies beyond is next to nothing


@dataclass(frozen=True, slots=True)
class Now:
    """The same point under the version that is served now.

    Attributes:
        probabilities: of the most probable tokens, 0 to 1.
    """

    version: str
    probabilities: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """One candidate.

    Attributes:
        now: None where nothing was asked.
        is_point: it is the token that drifts.
        is_taken: it was taken instead.
    """

    text: str
    then: float
    now: float | None
    drifts: bool
    is_point: bool
    is_taken: bool


def candidate_lines(engine: Engine, event: Event, now: Now | None) -> Sequence[CandidateLine]:
    """The candidates, most probable first."""
    readable = event.tokenizer_fingerprint == engine.card.tokenizer_fingerprint
    return [
        CandidateLine(
            spelled(engine, candidate.token_id) if readable else f"token {candidate.token_id}",
            math.exp(candidate.logprob),
            None if now is None else now.probabilities.get(candidate.token_id, 0.0),
            candidate.drifts,
            candidate.token_id == event.token_id,
            candidate.token_id == event.replacement_id,
        )
        for candidate in event.candidates
    ]


async def score_now(engine: Engine, gate: VersionGate, event: Event) -> Now | None:
    """One forward pass over the event's context; None where this model cannot say.

    Raises:
        EngineError: the model cannot be run on it.
        RegistryError: no version can be loaded.
    """
    ids = [*event.prompt_ids, *event.output_ids, event.token_id]
    card = engine.card
    same = (event.base_fingerprint, event.tokenizer_fingerprint) == (card.base_fingerprint, card.tokenizer_fingerprint)
    if not same or not event.prompt_ids or len(ids) > card.context_length:
        return None
    async with gate.request() as version:
        scores = await engine.score(ids, _REPORTED)
    return Now(version, {token: math.exp(logprob) for token, logprob in scores[-1].logprobs.top})
