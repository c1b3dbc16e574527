"""How probable the tokens of a prompt are, beside the answers under way."""

from typing import Any

import torch

from server.engines.engine import PromptToken
from server.engines.llama_cpp.context import Chunk, LlamaContext
from server.engines.llama_cpp.model import LlamaModel
from server.engines.scored import scored

__all__ = ["score"]

_AT_ONCE = 256  # tokens; their logits are what a pass holds at most


def score(
    model: LlamaModel,
    adapter: Any | None,
    threads: int,
    prompt_ids: list[int],
    count: int,
    *,
    together: int | None,
) -> list[PromptToken]:
    """All tokens but the first; blocks.

    Args:
        adapter: to run with.
        count: most probable tokens to report at each place.
        together: tokens that libllama computes together, as in `LlamaContext`.

    Raises:
        EngineError: libllama failed.
    """
    if len(prompt_ids) < 2:
        return []
    context = LlamaContext(
        model, cells=len(prompt_ids), sequences=1, threads=threads, batch=_AT_ONCE, together=together
    )
    try:
        context.use_adapter(adapter)
        out = list[PromptToken]()
        for start in range(0, len(prompt_ids) - 1, _AT_ONCE):
            given = prompt_ids[start : min(start + _AT_ONCE, len(prompt_ids) - 1)]
            logits = context.decode([Chunk(0, start, given, len(given))])
            out += scored(logits, torch.tensor(prompt_ids[start + 1 : start + 1 + len(given)]), count)
        return out
    finally:
        context.close()
