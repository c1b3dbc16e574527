"""What the guard has to know of each row of a batch, as host arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.guard.detector import ScriptRules
from tlpo_guard.guard.rules_bank import RulesBank
from tlpo_guard.guard.state import SequenceState

__all__ = ["NONE", "GuardRows"]

NONE = -1


@dataclass(frozen=True, slots=True)
class GuardRows:
    """The rows of one step.

    Attributes:
        rules: None where nothing is watched.
        slots: of the rules in the bank; int64 [rows].
        states: the incomplete characters; int64 [rows].
        acts: drift is replaced, not only logged; bool [rows].
        event_mass: confusion mass that makes an event, 0 to 1; float32 [rows].
        banned: the token that a repair keeps out, `NONE` for none; int64 [rows].
        point: the token that drifted at the point where an answer has gone back to, `NONE` for none; int64 [rows].
        others: further tokens that repairs keep out, by row; bool [vocabulary] each.
    """

    rules: tuple[ScriptRules | None, ...]
    slots: NDArray[np.int64]
    states: NDArray[np.int64]
    acts: NDArray[np.bool_]
    event_mass: NDArray[np.float32]
    banned: NDArray[np.int64]
    point: NDArray[np.int64]
    others: dict[int, NDArray[np.bool_]]

    @classmethod
    def of(cls, states: Sequence[SequenceState], bank: RulesBank) -> "GuardRows":
        """The rows of some sequences, in their order."""
        count = len(states)
        rules = tuple(state.rules if state.watched else None for state in states)
        banned, point = [NONE] * count, [NONE] * count
        others = {}
        for row, state in enumerate(states):
            if state.repair is None:
                continue
            if state.at_point:
                point[row] = state.repair.token_id
            if (token_id := state.banned_token) is not None:
                banned[row] = token_id
            if (tokens := state.banned_others) is not None:
                others[row] = tokens
        return cls(
            rules=rules,
            slots=bank.slots(rules),
            states=np.array([state.pending for state in states], dtype=np.int64),
            acts=np.array([state.acts for state in states], dtype=np.bool_),
            event_mass=np.array([state.policy.event_mass for state in states], dtype=np.float32),
            banned=np.array(banned, dtype=np.int64),
            point=np.array(point, dtype=np.int64),
            others=others,
        )

    @property
    def idle(self) -> bool:
        """Whether no row needs the guard."""
        return not self.slots.any() and not self.others and bool((self.point == NONE).all())

    def bans(self, tokens: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether repairs keep some tokens of each row out; bool [rows, ...] of int64 [rows, ...]."""
        wide = (slice(None), *(None,) * (tokens.ndim - 1))
        banned: NDArray[np.bool_] = tokens == self.banned[wide]
        for row, others in self.others.items():
            banned[row] |= others[tokens[row]]
        return banned
