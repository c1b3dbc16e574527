"""Answers by a model alone, several to each prompt, which is read once."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers.cache_utils import DynamicCache

from distill.policy_model.bucketing import bounded
from distill.policy_model.forward import causal_lm, end_tokens, logits_at, pad
from distill.policy_model.packing import plain_forwards
from distill.policy_model.shared_keys import SharedKeys
from distill.policy_model.wide_rows import drawn

__all__ = ["LogitsRule", "next_logits", "sample"]

_TOKENS = 4096  # of prompts that are read in one forward


class LogitsRule(Protocol):
    """What changes the scores of next tokens."""

    def __call__(self, prompts: Tensor, written: Tensor, scores: Tensor) -> Tensor:
        """The scores in place of some, float [rows, V].

        Args:
            prompts: which prompt each row answers, int64 [rows].
            written: the rows' answers so far, int64 [rows, length].
            scores: float32 [rows, V]; they stay as they are.
        """
        ...


@torch.no_grad()
def sample(
    model: Any,
    prompts: Sequence[Sequence[int]],
    *,
    max_new_tokens: int,
    temperature: float | None,
    seeds: Sequence[int],
    rows: int = 96,
    most_keys: int | None = None,
    rule: LogitsRule | None = None,
) -> list[list[tuple[int, ...]]]:
    """Answers to each prompt, without the token that ends them: a list for each seed.

    Args:
        model: a causal language model that `shares_keys`; where its layers have windows, these are longer than prompt and answer.
        prompts: token ids; none is empty.
        temperature: above 0; None is greedy.
        seeds: of the draws; what is drawn for a prompt depends on its place and the seed. The global generator is left as it was.
        rows: answers that are written at once.
        most_keys: tokens of prompts and answers that are held at once, where they are not those of a single prompt.
        rule: changes the scores that are drawn from.
    """
    by_seed = [
        torch.rand(len(prompts), max_new_tokens, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
        for seed in seeds
    ]
    answers: list[list[tuple[int, ...]]] = [[()] * len(prompts) for _ in seeds]
    lengths = [len(prompt) + len(seeds) * max_new_tokens for prompt in prompts]
    for chosen in bounded(lengths, max(rows // len(seeds), 1), most_keys):
        chances = torch.stack([of_seed[chosen] for of_seed in by_seed], dim=1).flatten(0, 1)  # prompt by prompt
        batch = _Batch(model, [prompts[i] for i in chosen], chosen, temperature, chances, rule)
        with batch.attending():
            written = batch.run()
        for place, i in enumerate(chosen):
            for draw in range(len(seeds)):
                answers[draw][i] = written[place * len(seeds) + draw]
    return answers


@torch.no_grad()
def next_logits(model: Any, prompts: Sequence[Sequence[int]], tokens: Sequence[Sequence[int]]) -> Tensor:
    """Logits behind prompts that have been answered by a token each, in as many ways, as `sample` computes them.

    Returns:
        [prompts * ways, V] in the model's dtype.
    """
    first = torch.tensor(tokens, device=causal_lm(model).device).flatten()
    batch = _Batch(model, prompts, range(len(prompts)), None, torch.zeros(len(first), 2), None)
    with batch.attending():
        return batch.behind(first)


class _Batch:
    """Prompts whose answers are written together.

    Args:
        numbers: of the prompts, for the rule.
        chances: float64 [prompts * answers, steps], the answers of a prompt beside one another.
    """

    def __init__(
        self,
        model: Any,
        prompts: Sequence[Sequence[int]],
        numbers: Sequence[int],
        temperature: float | None,
        chances: Tensor,
        rule: LogitsRule | None,
    ) -> None:
        self._model, self._temperature, self._chances, self._rule = model, temperature, chances, rule
        answers = len(chances) // len(prompts)
        self._device = causal_lm(model).device
        self._ends = torch.tensor(sorted(end_tokens(model)), device=self._device)
        caches, logits = zip(*self._read(prompts), strict=True)
        self._keys = SharedKeys(caches, list(map(len, prompts)), answers, chances.shape[1])
        self._logits = torch.cat(logits).repeat_interleave(answers, dim=0)
        self._prompts = torch.tensor(numbers, device=self._device).repeat_interleave(answers)
        self._rows = torch.arange(len(chances))
        self._written = torch.zeros(chances.shape, dtype=torch.long, device=self._device)
        self._lengths = torch.zeros(len(chances), dtype=torch.long)

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

    def attending(self) -> AbstractContextManager[None]:
        """For all that is written: the model attends to the keys of this batch."""
        return self._keys.attending(causal_lm(self._model))

    def run(self) -> list[tuple[int, ...]]:
        """The answers, in the order of the prompts."""
        steps = self._chances.shape[1]
        for step in range(steps):
            chosen = self._next(step)
            self._written[self._rows.to(self._device), step] = chosen
            live = ~torch.isin(chosen, self._ends).cpu()
            self._lengths[self._rows] += live
            if step == steps - 1 or not live.any():
                break
            self._logits = self.behind(self._without_ended(chosen, live))
        return [tuple(ids[:length]) for ids, length in zip(self._written.tolist(), self._lengths.tolist(), strict=True)]

    def _next(self, step: int) -> Tensor:
        """The next tokens; int64 [rows]."""
        scores = self._logits.float()
        if self._rule is not None:
            scores = self._rule(self._prompts, self._written[self._rows.to(self._device), :step], scores)
        if self._temperature is None:
            return scores.argmax(dim=-1)
        # One number a row, where `multinomial` draws one for each token of the vocabulary.
        return drawn((scores / self._temperature).softmax(dim=-1), self._chances[self._rows, step].to(self._device))

    def behind(self, tokens: Tensor) -> Tensor:
        """The logits behind one more token of each answer that goes on, int64 [rows]; [rows, V]."""
        behind = self._keys.behind()
        with self._keys.one_more(self._device):
            out = self._model(
                input_ids=tokens[:, None],
                position_ids=behind[:, None].to(self._device),
                past_key_values=self._keys,
                use_cache=True,
                logits_to_keep=1,
            )
        logits: Tensor = out.logits[:, -1]
        return logits

    def _without_ended(self, chosen: Tensor, live: Tensor) -> Tensor:
        """The tokens of the answers that go on; the others leave the batch."""
        if live.all():
            return chosen
        self._keys.only(live)
        self._rows, on_device = self._rows[live], live.to(self._device)
        self._prompts = self._prompts[on_device]
        return chosen[on_device]
