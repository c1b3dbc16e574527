"""The form of an answer that follows its reasoning."""

from collections.abc import Collection

import torch

from tlpo_guard.generation.sequence import Constraint
from tlpo_guard.marks.tokens import TokenMarks

__all__ = ["DeferredConstraint"]


class DeferredConstraint:
    """Lets a model reason as it likes, and holds what follows to a form.

    Args:
        constraint: to the form.
        state: of the marks behind the prompt.
        openings: tokens by which the model may begin to reason, as its first one.
        size: columns of a row of logits.
    """

    def __init__(
        self, constraint: Constraint, marks: TokenMarks, state: int, openings: Collection[int], size: int
    ) -> None:
        self._constraint = constraint
        self._marks = marks
        self._state = state
        self._openings = frozenset(openings)
        self._size = size

    def allowed(self, device: torch.device) -> torch.Tensor:
        """The admissible tokens; bool [vocabulary]. Raises ConstraintError."""
        if self._marks.inside(self._state):
            return torch.ones(self._size, dtype=torch.bool, device=device)
        allowed = self._constraint.allowed(device)
        if self._openings:
            allowed[list(self._openings)] = True
        return allowed

    def advance(self, token_id: int) -> None:
        """Take in the token that was chosen; raises ConstraintError."""
        openings, self._openings = self._openings, frozenset()
        if self._marks.inside(self._state) or token_id in openings:
            self._state = self._marks.advance(self._state, token_id)
        else:
            self._constraint.advance(token_id)
