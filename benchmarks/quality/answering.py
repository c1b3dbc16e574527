"""Sampled answers with the guard off, several to each prompt, which is read once."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache

from benchmarks.quality.shared_keys import SharedKeys
from distill.policy_model.forward import causal_lm, end_tokens, logits_at, pad
from distill.policy_model.packing import plain_forwards

__all__ = ["draw_seed", "sample"]

_TOKENS = 4096  # of prompts that are read in one forward
_ROOM = 0.75  # prompts are left behind when so few of a batch have an answer that goes on


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
    seeds: Sequence[int],
    rows: int = 96,
) -> list[list[tuple[int, ...]]]:
    """Answers to each prompt, without the token that ends them: a list for each seed.

    Args:
        model: a causal language model; where its layers have windows, these are longer than prompt and answer.
        prompts: token ids; none is empty.
        temperature: above 0.
        seeds: of the draws; what is drawn for a prompt depends on its place and the seed. The global generator is left as it was.
        rows: answers that are written at once.
    """
    chances = [
        torch.rand(len(prompts), max_new_tokens, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
        for seed in seeds
    ]
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    answers: list[list[tuple[int, ...]]] = [[()] * len(prompts) for _ in seeds]
    batch = max(rows // len(seeds), 1)
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        drawn = torch.stack([of_seed[chosen] for of_seed in chances], dim=1).flatten(0, 1)  # prompt by prompt
        written = _Batch(model, [prompts[i] for i in chosen], len(seeds), temperature, drawn).run()
        for place, i in enumerate(chosen):
            for draw in range(len(seeds)):
                answers[draw][i] = written[place * len(seeds) + draw]
    return answers


class _Batch:
    """Prompts whose answers are written together.

    Args:
        drawn: float64 [prompts * answers, steps], the answers of a prompt beside one another.
    """

    def __init__(
        self, model: Any, prompts: Sequence[Sequence[int]], answers: int, temperature: float, drawn: Tensor
    ) -> None:
        self._model, self._answers, self._temperature, self._drawn = model, answers, temperature, drawn
        self._device = causal_lm(model).device
        self._ends = torch.tensor(sorted(end_tokens(model)), device=self._device)
        caches, logits = zip(*self._read(prompts), strict=True)
        self._keys = SharedKeys(caches, list(map(len, prompts)), answers, drawn.shape[1])
        self._logits = torch.cat(logits).repeat_interleave(answers, dim=0)
        self._rows = torch.arange(len(drawn))
        self._live = torch.ones(len(drawn), dtype=torch.bool)
        self._written: list[list[int]] = [[] for _ in range(len(drawn))]

    def _read(self, prompts: Sequence[Sequence[int]]) -> Iterator[tuple[DynamicCache, Tensor]]:
        """What forwards over the prompts leave, and the logits of the first tokens."""
        each = max(_TOKENS // max(map(len, prompts)), 1)
        for start in range(0, len(prompts), each):
            ids, lengths = pad(prompts[start : start + each], self._device)
            cache = DynamicCache()
            with plain_forwards():
                first = torch.arange(len(ids), device=self._device)
                logits = logits_at(self._model, ids, first, lengths - 1, past_key_values=cache, use_cache=True)
            yield cache, logits

    def run(self) -> list[tuple[int, ...]]:
        """The answers, in the order of the prompts."""
        steps = self._drawn.shape[1]
        for step in range(steps):
            chosen = self._next(step)
            self._live &= ~torch.isin(chosen, self._ends).cpu()
            for row, token, live in zip(self._rows.tolist(), chosen.tolist(), self._live.tolist(), strict=True):
                if live:
                    self._written[row].append(token)
            if step == steps - 1 or not self._live.any():
                break
            self._forward(self._without_ended(chosen))
        return [tuple(ids) for ids in self._written]

    def _next(self, step: int) -> Tensor:
        """The tokens drawn next; int64 [rows]."""
        # One number a row, where `multinomial` draws one for each token of the vocabulary.
        reached = (self._logits.float() / self._temperature).softmax(dim=-1).double().cumsum_(dim=-1)
        drawn = self._drawn[self._rows, step].to(self._device).unsqueeze(1)
        place = torch.searchsorted(reached, drawn * reached[:, -1:], right=True).squeeze(1)
        return place.clamp(max=reached.shape[1] - 1)

    def _forward(self, tokens: Tensor) -> None:
        behind = self._keys.lengths.repeat_interleave(self._answers) + self._keys.written
        with self._keys.attending(causal_lm(self._model)):
            out = self._model(
                input_ids=tokens[:, None],
                position_ids=behind[:, None].to(self._device),
                past_key_values=self._keys,
                use_cache=True,
                logits_to_keep=1,
            )
        self._logits = out.logits[:, -1]

    def _without_ended(self, chosen: Tensor) -> Tensor:
        """The tokens of the prompts with an answer that goes on; the others leave the batch once they are many."""
        going_on = self._live.view(-1, self._answers).any(dim=1)
        if int(going_on.sum()) > _ROOM * len(going_on):
            return chosen
        rows = going_on.repeat_interleave(self._answers)
        self._keys.only(going_on.nonzero().squeeze(1).tolist())
        self._rows, self._live = self._rows[rows], self._live[rows]
        return chosen[rows.to(chosen.device)]
