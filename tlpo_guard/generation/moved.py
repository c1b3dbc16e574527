"""What is logged and counted of a row is no more than the model's own doing, or clients could make it up by how they sample."""

import math
from dataclasses import replace

from tlpo_guard.guard.decision import Sight
from tlpo_guard.guard.state import SequenceState

__all__ = ["by_model_alone", "within_model"]


def by_model_alone(state: SequenceState, sight: Sight) -> Sight:
    """The row with the confusion mass that the model's raw logits have, as far as it lies in the candidates.

    For rows in which the request has made tokens likelier than the model does. They are confusion points only where they would
    be by that mass, or where the token that was drawn drifts.

    Args:
        state: of the sequence.
        sight: of its row; unchanged where it has no candidates.
    """
    return _with_mass(state, sight, _seen(state, sight)) if sight.candidates else sight


def within_model(state: SequenceState, sight: Sight) -> Sight:
    """The row with its own confusion mass, or the most that the model's raw logits may have where that is less.

    For rows that are sampled coldly, from the most probable tokens, or greedily: what is left of them may be what drifts alone.

    Args:
        state: of the sequence.
        sight: of its row; unchanged where it has no candidates.
    """
    if not sight.candidates:
        return sight
    beyond = max(1.0 - sum(math.exp(logprob) for _, logprob, _ in sight.candidates), 0.0)
    most = _seen(state, sight) + beyond
    return sight if sight.mass <= most else _with_mass(state, sight, most)


def _seen(state: SequenceState, sight: Sight) -> float:
    """The raw confusion mass of the candidates."""
    if state.at_point:
        point = None if state.repair is None else state.repair.token_id
        return sum(math.exp(logprob) for token_id, logprob, _ in sight.candidates if token_id == point)
    return min(sum(math.exp(logprob) for _, logprob, drifts in sight.candidates if drifts), 1.0)


def _with_mass(state: SequenceState, sight: Sight, mass: float) -> Sight:
    if state.at_point:
        return replace(sight, mass=mass)
    found = sight.drifts or sight.candidates[0][2] or mass >= state.policy.event_mass
    return replace(sight, mass=mass, confusion_point=sight.confusion_point and found)
