"""What requests make of their logits before anything is drawn: a bias, penalties, and the answer's form."""

import logging
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

from tlpo_guard.generation.batch import Batch
from tlpo_guard.generation.sequence import Constraint, ConstraintError
from tlpo_guard.transfer import to_device

__all__ = ["Shaped", "failure", "shaped_logits"]

logger = logging.getLogger(__name__)

NOTHING_FITS = "no token fits the answer's form"

_NONE_SHAPED = torch.ones(0, dtype=torch.bool)

Shaped = tuple[torch.Tensor, torch.Tensor, dict[int, str]]


def shaped_logits(raw: torch.Tensor, batch: Batch) -> Shaped:
    """The logits as the requests shape them; the raw ones stay as they are.

    Args:
        raw: float32 [rows, vocabulary].

    Returns:
        The logits, float32 [rows, vocabulary]; of `batch.shaped`, whether any token is left, bool [shaped], of which the host
        learns later; and why some rows could not be shaped. Rows of either fault are as they were.
    """
    if not batch.shaped:
        return raw, _NONE_SHAPED if raw.device.type == "cpu" else _NONE_SHAPED.to(raw.device), {}
    errors: dict[int, str] = {}
    shaped = raw.clone()
    for row in batch.shaped:
        sequence = batch.rows[row]
        if sequence.offsets is not None:
            sequence.offsets.apply(shaped[row])
        if sequence.constraint is not None:
            error = failure(partial(_constrain, shaped[row], sequence.constraint))
            if error is not None:
                errors[row] = error
                shaped[row] = raw[row]
    return shaped, _fitted(raw, shaped, batch.shaped), errors


def _fitted(raw: torch.Tensor, shaped: torch.Tensor, rows: tuple[int, ...]) -> torch.Tensor:
    """Which of the rows that were shaped have a token left, bool [rows]; those without get their raw logits back."""
    if raw.device.type == "cpu":
        best = np.array([shaped[row].numpy().max() for row in rows])
        fits = np.isfinite(best)
        for place in np.flatnonzero(~fits).tolist():
            shaped[rows[place]] = raw[rows[place]]
        return torch.from_numpy(fits)
    index = to_device(np.array(rows, dtype=np.int64), raw.device)
    after = shaped.index_select(0, index)
    there = torch.isfinite(after.amax(dim=-1))
    shaped.index_copy_(0, index, torch.where(there.unsqueeze(-1), after, raw.index_select(0, index)))
    return there


def _constrain(row: torch.Tensor, constraint: Constraint) -> None:
    row.masked_fill_(~constraint.allowed(row.device), -torch.inf)


def failure(action: Callable[[], Any]) -> str | None:
    """Why an action fails; None where it does not. The log learns no words of errors that may hold the answer's text."""
    try:
        action()
    except ConstraintError as exc:
        return str(exc)
    except Exception as exc:
        where = "".join(traceback.format_tb(exc.__traceback__)).rstrip()
        logger.error("the answer's form cannot be kept: %s\n%s", type(exc).__name__, where)
        return f"the answer's form cannot be kept: {type(exc).__name__}"
    return None
