"""Rows that a request has moved: what is logged and counted of them is the model's own, or clients could make it up."""

import math
from dataclasses import replace

from tlpo_guard.guard.decision import Sight
from tlpo_guard.guard.state import SequenceState

__all__ = ["by_model_alone"]


def by_model_alone(state: SequenceState, sight: Sight) -> Sight:
    """The row with the confusion mass that the model's raw logits have, as far as it lies in the candidates.

    It is a confusion point only where it would be one by that mass, or where the token that was drawn drifts.

    Args:
        state: of the sequence.
        sight: of its row; unchanged where it has no candidates.
    """
    if not sight.candidates:
        return sight
    if state.at_point:
        point = None if state.repair is None else state.repair.token_id
        mass = sum(math.exp(logprob) for token_id, logprob, _ in sight.candidates if token_id == point)
        return replace(sight, mass=mass)
    mass = min(sum(math.exp(logprob) for _, logprob, drifts in sight.candidates if drifts), 1.0)
    found = sight.drifts or sight.candidates[0][2] or mass >= state.policy.event_mass
    return replace(sight, mass=mass, confusion_point=sight.confusion_point and found)
