"""From logits to how probable the tokens of a prompt are."""

import torch

from server.engines.engine import PromptToken
from tlpo_guard.generation.review import top_candidates
from tlpo_guard.generation.sequence import Logprobs

__all__ = ["scored"]


def scored(logits: torch.Tensor, wanted: torch.Tensor, count: int) -> list[PromptToken]:
    """The tokens at some places.

    Args:
        logits: float32 [places, vocabulary].
        wanted: the tokens that stand there; int64 [places].
        count: most probable tokens to report at each place.
    """
    logprobs = torch.log_softmax(logits, dim=-1)
    chosen = logprobs.gather(1, wanted.unsqueeze(1))
    ranks = (logprobs > chosen).sum(dim=-1) + 1
    top, _ = top_candidates(logits, count)
    values = logprobs.gather(1, top)
    places = zip(chosen.squeeze(1).tolist(), ranks.tolist(), top.tolist(), values.tolist(), strict=True)
    return [PromptToken(Logprobs(own, tuple(zip(ids, values, strict=True))), rank) for own, rank, ids, values in places]
