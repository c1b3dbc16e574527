"""Rows that hold on to some of the tokens that they would be sampled from, for an engine that cuts them again itself."""

import torch

from tlpo_guard.generation.refill import BELOW, ROOM

__all__ = ["cut_proof"]


def cut_proof(
    logits: torch.Tensor, kept: torch.Tensor, fillers: torch.Tensor, temperature: torch.Tensor, top_p: torch.Tensor
) -> torch.Tensor:
    """Rows of which min-p, top-k and top-p leave the kept tokens, with the odds that they have; float32 [rows, vocabulary].

    A nucleus of the kept tokens alone would lose the least probable ones. So some others are made a little less probable than
    these, as many as together have what the nucleus leaves out.

    Args:
        logits: float32 [rows, vocabulary].
        kept: at least one token of each row; bool [rows, vocabulary].
        fillers: the tokens that may fill up; bool [rows, vocabulary].
        temperature: above 0; float32 [rows].
        top_p: above 0 and up to 1; float32 [rows].
    """
    scale, mass = temperature.unsqueeze(-1), top_p.unsqueeze(-1)
    probs = torch.softmax(torch.where(kept, logits, -torch.inf) / scale, dim=-1)
    least = torch.where(kept, probs, 1.0).amin(dim=-1, keepdim=True)
    filling = torch.where(kept, logits, torch.inf).amin(dim=-1, keepdim=True) - BELOW * scale
    count = (1.0 - mass) / mass * (1.0 - ROOM) / (least * (1.0 - BELOW))
    chosen = fillers & ~kept & torch.isfinite(logits)
    chosen &= chosen.cumsum(dim=-1) <= count.floor()
    return torch.where(kept, logits, torch.where(chosen, filling, -torch.inf))
