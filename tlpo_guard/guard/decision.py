"""The guard's rule, once: what a token drawn at a position becomes, and what is logged of it.

Every integration, the evaluation and the baselines decide by this function; they differ only in how they learn what a row holds.
"""

import math
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from tlpo_guard.guard.points import Action, EventDraft, Kind
from tlpo_guard.guard.state import SequenceState

__all__ = ["Decision", "Sight", "decide", "forgiven"]


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of one row, before anything is done about it.

    Attributes:
        chosen: the token that was drawn from the untouched row.
        drifts: its script drifts here.
        banned: a repair keeps it out here.
        replacement: what is drawn where the chosen token may not stay; None where nothing admissible is left.
        confusion_point: the row's most probable token drifts, or the confusion mass reaches what makes an event.
        worst: the most probable drifting token; needed at a confusion point whose chosen token stays.
        mass: confusion mass, 0 to 1; where an answer has gone back to this point, the probability of the token that drifted.
        candidates: (token id, raw log-probability in nats, drifts) of the most probable tokens, best first; without any
            there is no event.
        constrained: the answer's form alone decides what is left, so that standing back is no confusion of the model's.
    """

    chosen: int
    drifts: bool = False
    banned: bool = False
    replacement: int | None = None
    confusion_point: bool = False
    worst: int = -1
    mass: float = 0.0
    candidates: tuple[tuple[int, float, bool], ...] = ()
    constrained: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a position.

    Attributes:
        token_id: the token that is taken.
        replaced: it was drawn in place of another one.
        stood_back: the guard let a drift pass, since nothing admissible was left.
        draft: the event; None for none.
    """

    token_id: int
    replaced: bool = False
    stood_back: bool = False
    draft: EventDraft | None = None


def decide(state: SequenceState, sight: Sight) -> Decision:
    """The rule; changes nothing.

    Args:
        state: of the sequence, not yet advanced.
        sight: of its row.
    """
    if state.at_point:
        return _at_point(state, sight)
    if sight.banned:
        kept = sight.chosen if sight.replacement is None else sight.replacement
        return Decision(kept, replaced=sight.replacement is not None)
    if not sight.drifts and not sight.confusion_point:
        return Decision(sight.chosen)
    drifting = sight.chosen if sight.drifts else sight.worst
    if not state.acts:
        return Decision(sight.chosen, draft=_draft(state, sight, drifting, Action.OBSERVED, None))
    if not sight.drifts:
        return Decision(sight.chosen, draft=_draft(state, sight, drifting, Action.MASKED, None))
    if sight.replacement is not None:
        draft = _draft(state, sight, drifting, Action.MASKED, sight.replacement)
        return Decision(sight.replacement, replaced=True, draft=draft)
    if sight.constrained:
        return Decision(sight.chosen)
    return Decision(sight.chosen, stood_back=True, draft=_draft(state, sight, drifting, Action.STOOD_BACK, None))


def _at_point(state: SequenceState, sight: Sight) -> Decision:
    """Where an answer has gone back to, or where it would have: the event is of the word that drifted there."""
    repair = state.repair
    assert repair is not None
    if repair.only_observed:
        draft = _draft(state, sight, repair.token_id, Action.OBSERVED, None, Kind.WORD)
        return Decision(sight.chosen, draft=draft)
    if not (sight.banned or sight.drifts):
        draft = _draft(state, sight, repair.token_id, Action.REWOUND, sight.chosen, Kind.WORD)
        return Decision(sight.chosen, draft=draft)
    action = Action.STOOD_BACK if sight.replacement is None else Action.REWOUND
    draft = _draft(state, sight, repair.token_id, action, sight.replacement, Kind.WORD)
    kept = sight.chosen if sight.replacement is None else sight.replacement
    return Decision(kept, replaced=sight.replacement is not None, draft=draft)


def _draft(
    state: SequenceState, sight: Sight, token_id: int, action: Action, replacement: int | None, kind: Kind = Kind.SCRIPT
) -> EventDraft | None:
    if state.spoiled or not sight.candidates:
        return None
    position = len(state.output_ids)
    held, settled = state.course.policy.languages, state.course.settled
    return EventDraft(position, token_id, kind, sight.candidates, sight.mass, action, replacement, held, settled)


def forgiven(state: SequenceState, sight: Sight, pardoned: AbstractSet[int]) -> Sight:
    """The same row, in which some tokens do not drift after all; changes nothing.

    The confusion mass loses their share of what the drifting candidates have: which tokens may stand is not known of the rest.
    """
    candidates = tuple(
        (token_id, logprob, drifts and (token_id not in pardoned or state.bans(token_id)))
        for token_id, logprob, drifts in sight.candidates
    )
    drifting = [token_id for token_id, _, drifts in candidates if drifts and not state.bans(token_id)]
    drifts = sight.drifts and sight.chosen not in pardoned
    mass = sight.mass if state.at_point else sight.mass * _left(sight, pardoned)
    worst = sight.worst
    if worst in pardoned:
        worst = drifting[0] if drifting else (sight.chosen if drifts else -1)
    first_drifts = bool(drifting) and drifting[0] == candidates[0][0]
    still_point = worst >= 0 and (drifts or first_drifts or mass >= state.policy.event_mass)
    replacement = sight.replacement
    if drifts and state.pending:  # inside a letter that may stand, nothing that the rules know goes on with it
        replacement = next((t for t, _, _ in candidates if t in pardoned and not state.bans(t)), replacement)
    return replace(
        sight,
        drifts=drifts,
        replacement=replacement,
        confusion_point=sight.confusion_point and still_point,
        worst=worst,
        mass=mass,
        candidates=candidates,
    )


def _left(sight: Sight, pardoned: AbstractSet[int]) -> float:
    """The share of the drifting tokens' probability that the pardoned ones do not have."""
    shares = {token_id: math.exp(logprob) for token_id, logprob, drifts in sight.candidates if drifts}
    if not shares:
        return 0.0 if sight.chosen in pardoned or sight.worst in pardoned else 1.0
    total = sum(shares.values())
    return sum(share for token_id, share in shares.items() if token_id not in pardoned) / total if total else 1.0
