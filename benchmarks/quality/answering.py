"""Sampled answers with the guard off: rows that have ended make room, and those of like length go together."""

import zlib
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache

from distill.policy_model.forward import causal_lm, end_tokens

__all__ = ["draw_seed", "sample"]

_ROOM = 0.75  # rows are taken out of a batch when so few of it go on


def draw_seed(language: str, draw: int) -> int:
    """Of one draw of one language: the same for all models, so that only the models differ."""
    return zlib.crc32(f"{language} {draw}".encode())


@torch.no_grad()
def sample(
    model: Any,
    prompts: Sequence[Sequence[int]],
    *,
    max_new_tokens: int,
    temperature: float,
    seed: int,
    batch_size: int = 64,
) -> list[tuple[int, ...]]:
    """An answer to each prompt, without the token that ends it.

    Args:
        prompts: token ids; none is empty.
        temperature: above 0.
        seed: of the draws; the global generator is left as it was.
    """
    generator = torch.Generator(causal_lm(model).device).manual_seed(seed)
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    answers: list[tuple[int, ...]] = [()] * len(prompts)
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        batch = _Batch(model, [prompts[i] for i in chosen], max_new_tokens, temperature, generator)
        for i, answer in zip(chosen, batch.run(), strict=True):
            answers[i] = answer
    return answers


class _Batch:
    """Prompts that are answered together, padded on the left."""

    def __init__(
        self,
        model: Any,
        prompts: Sequence[Sequence[int]],
        max_new_tokens: int,
        temperature: float,
        generator: torch.Generator,
    ) -> None:
        self._model = model
        self._limit, self._temperature, self._generator = max_new_tokens, temperature, generator
        device = causal_lm(model).device
        width = max(map(len, prompts))
        self._ids = torch.tensor([[0] * (width - len(p)) + list(p) for p in prompts], device=device)
        self._mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=device)
        self._ends = torch.tensor(sorted(end_tokens(model)), device=device)
        self._rows = list(range(len(prompts)))
        self._written: list[list[int]] = [[] for _ in prompts]
        self._live = torch.ones(len(prompts), dtype=torch.bool, device=device)
        self._cache = DynamicCache()

    def run(self) -> list[tuple[int, ...]]:
        """The answers, in the order of the prompts."""
        ids = self._ids
        for _ in range(self._limit):
            chosen = self._next(ids)
            self._live &= ~torch.isin(chosen, self._ends)
            for row, token, live in zip(self._rows, chosen.tolist(), self._live.tolist(), strict=True):
                if live:
                    self._written[row].append(token)
            if not self._live.any():
                break
            self._mask = torch.cat([self._mask, torch.ones_like(self._mask[:, :1])], dim=1)
            ids = self._without_ended(chosen)[:, None]
        return [tuple(ids) for ids in self._written]

    def _next(self, ids: Tensor) -> Tensor:
        """The tokens drawn after `ids` (int64 [rows, T]); int64 [rows]."""
        places = (self._mask.cumsum(dim=1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        out = self._model(
            input_ids=ids,
            attention_mask=self._mask,
            position_ids=places,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        # One number a row, where `multinomial` draws one for each token of the vocabulary: a tenth of the time of a step.
        reached = (out.logits[:, -1].float() / self._temperature).softmax(dim=-1).double().cumsum(dim=-1)
        drawn = torch.rand(len(reached), 1, generator=self._generator, device=reached.device, dtype=torch.float64)
        return (
            torch.searchsorted(reached, drawn * reached[:, -1:], right=True).squeeze(1).clamp(max=reached.shape[1] - 1)
        )

    def _without_ended(self, chosen: Tensor) -> Tensor:
        """The tokens of the rows that go on; the others leave the batch once they are many."""
        if int(self._live.sum()) > _ROOM * len(self._rows):
            return chosen
        kept = self._live.nonzero().squeeze(1)
        self._cache.batch_select_indices(kept)
        self._mask, self._live = self._mask[kept], self._live[kept]
        self._rows = [self._rows[i] for i in kept.tolist()]
        return chosen[kept]
