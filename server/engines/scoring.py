"""How probable the tokens of a prompt are, each given those before it."""

import torch
from transformers import DynamicCache, PreTrainedModel

from server.engines.engine import PromptToken
from server.engines.scored import scored

__all__ = ["PromptScorer"]

_AT_ONCE = 256  # tokens; their logits are what a pass holds at most


class PromptScorer:
    """Scores prompts with the engine's model, in passes of their own."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model

    @torch.inference_mode()
    def score(self, prompt_ids: list[int], count: int) -> list[PromptToken]:
        """All tokens but the first; blocks.

        Args:
            count: most probable tokens to report at each place.
        """
        cache, out = DynamicCache(), list[PromptToken]()
        for start in range(0, len(prompt_ids) - 1, _AT_ONCE):
            ids = torch.tensor([prompt_ids[start : start + _AT_ONCE + 1]], device=self._model.device)
            given, wanted = ids[:, :_AT_ONCE] if ids.shape[1] > _AT_ONCE else ids[:, :-1], ids[0, 1:]
            logits = self._model(input_ids=given, past_key_values=cache, use_cache=True).logits[0]
            out += scored(logits.float(), wanted, count)
        return out
