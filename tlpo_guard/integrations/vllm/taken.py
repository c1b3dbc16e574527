"""Which tokens a step of the V2 runner has taken, on their way to the host."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tlpo_guard.integrations.vllm.answer import Answer
from tlpo_guard.transfer import LateCopy

__all__ = ["TakenStep"]


@dataclass(frozen=True, slots=True)
class TakenStep:
    """The rows of one step.

    Attributes:
        answers: what each slot held then.
    """

    answers: tuple[Answer | None, ...]
    _copy: LateCopy

    @classmethod
    def of(
        cls, held: Any, slots: torch.Tensor, positions: torch.Tensor, answers: tuple[Answer | None, ...]
    ) -> "TakenStep":
        """Begin to copy; to be called before the tokens of any slot are written over.

        Args:
            held: vLLM's `LogitsProcRequestState`.
            slots: of the rows; int64 [rows].
            positions: of their last tokens; int64 [rows].
        """
        behind, tokens = positions + 1, held.all_token_ids.gpu
        taken = tokens[slots, behind.clamp(max=tokens.shape[1] - 1)].long()
        # Neither a rejected draft nor a row in the middle of its prompt has got a token.
        real = (behind < held.total_len.gpu[slots]) & (behind >= held.prefill_len.gpu[slots])
        return cls(answers, LateCopy([slots, behind - held.prompt_len.gpu[slots], taken, real]))

    def rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Slot, position in the answer, token, and whether it was taken; each [rows]."""
        slots, positions, taken, real = self._copy.arrays()
        return slots, positions, taken, real
