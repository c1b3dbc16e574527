"""vLLM's log-probabilities of a prompt as the server's."""

from collections.abc import Mapping, Sequence

from vllm.logprobs import Logprob

from server.engines.engine import PromptToken
from tlpo_guard.generation.sequence import Logprobs

__all__ = ["prompt_tokens"]


def prompt_tokens(
    prompt_ids: Sequence[int], places: Sequence[Mapping[int, Logprob] | None] | None, count: int
) -> list[PromptToken]:
    """All tokens but the first.

    Args:
        places: what vLLM tells of each token of the prompt; nothing of the first.
        count: most probable tokens to report at each place.
    """
    told = []
    for token_id, place in zip(prompt_ids[1:], (places or [])[1:], strict=True):
        by_rank = sorted((place or {}).items(), key=lambda item: (-item[1].logprob, item[1].rank or 0))
        top = tuple((other, float(one.logprob)) for other, one in by_rank[:count])
        own = (place or {})[token_id]
        told.append(PromptToken(Logprobs(float(own.logprob), top), int(own.rank or 1)))
    return told
