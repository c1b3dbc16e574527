"""Answers of a model with the guard off."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig

from distill.policy_model.bucketing import bounded
from distill.policy_model.forward import causal_lm, end_tokens
from distill.policy_model.key_sharing import shares_keys
from distill.policy_model.sampling import LogitsRule, sample

__all__ = ["chat_ids", "generate", "several", "with_end"]

_MOST_KEYS = 32_768  # tokens of prompts and answers held at once; of a model of 8B, 4 GiB
_BATCH = 16  # answers at once by transformers
# The same on an accelerator, where a step takes about as long for one answer as for a hundred; of a model of 8B, 12 GiB.
_ACCELERATOR_KEYS, _ACCELERATOR_BATCH = 98_304, 256


def chat_ids(tokenizer: Any, prompt: str | Sequence[Mapping[str, str]], **options: Any) -> tuple[int, ...]:
    """Token ids of a user's message, or of several messages, ready to be answered; of the bare text where the tokenizer has no
    chat template.

    Args:
        options: for the template, as models have some (`enable_thinking`).
    """
    messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else list(prompt)
    if tokenizer.chat_template is None:
        return tuple(tokenizer("\n\n".join(message["content"] for message in messages))["input_ids"])
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **options)
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])


def generate(
    model: Any,
    prompts: Sequence[Sequence[int]],
    *,
    max_new_tokens: int,
    temperature: float | None = None,
    seed: int = 0,
    rule: LogitsRule | None = None,
) -> list[tuple[int, ...]]:
    """An answer to each prompt; see `several`."""
    answers = several(model, prompts, 1, max_new_tokens=max_new_tokens, temperature=temperature, seed=seed, rule=rule)
    return [of_prompt[0] for of_prompt in answers]


def with_end(model: Any, answers: Sequence[tuple[int, ...]], max_new_tokens: int) -> list[tuple[int, ...]]:
    """Answers as `generate` gives them, those that ended by themselves with the token that ends them."""
    end = tuple(sorted(end_tokens(model))[:1])
    return [answer + end if len(answer) < max_new_tokens else answer for answer in answers]


@torch.no_grad()
def several(
    model: Any,
    prompts: Sequence[Sequence[int]],
    count: int,
    *,
    max_new_tokens: int,
    temperature: float | None = None,
    seed: int = 0,
    rule: LogitsRule | None = None,
) -> list[list[tuple[int, ...]]]:
    """Answers to each prompt, without the end token.

    By `sample` where the model can; else by transformers.

    Args:
        prompts: token ids; none is empty.
        count: of the answers to each.
        temperature: None is greedy.
        seed: of the draws; the global generator is left as it was.
        rule: changes the scores that are drawn from.
    """
    longest = max(map(len, prompts), default=0) + max_new_tokens
    if not prompts or not shares_keys(model, longest):
        return _by_transformers(model, prompts, count, max_new_tokens, temperature, seed, rule)
    seeds = [seed, *(random.Random(f"{seed} {draw}").getrandbits(63) for draw in range(1, count))]
    by_draw = sample(
        model,
        prompts,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        seeds=seeds,
        most_keys=_MOST_KEYS,
        rule=rule,
    )
    return [list(of_prompt) for of_prompt in zip(*by_draw, strict=True)]


def _by_transformers(
    model: Any,
    prompts: Sequence[Sequence[int]],
    count: int,
    max_new_tokens: int,
    temperature: float | None,
    seed: int,
    rule: LogitsRule | None,
) -> list[list[tuple[int, ...]]]:
    """Prompts of like length in one batch, padded on the left."""
    ends = end_tokens(model)
    order = [i for i in range(len(prompts)) for _ in range(count)]
    answers: list[list[tuple[int, ...]]] = [[] for _ in prompts]
    settings = _generation_config(max_new_tokens, ends, temperature)
    with torch.random.fork_rng(), _configured(model, settings):
        torch.manual_seed(seed)
        for batch in _batches([len(prompts[i]) + max_new_tokens for i in order], causal_lm(model).device):
            chosen = [order[place] for place in batch]
            ids, mask = _left_padded([prompts[i] for i in chosen], causal_lm(model).device)
            processors = [] if rule is None else [_Processor(rule, chosen, ids)]
            out = model.generate(
                input_ids=ids, attention_mask=mask, generation_config=settings, logits_processor=processors
            )
            for i, row in zip(chosen, out[:, ids.shape[1] :].tolist(), strict=True):
                answers[i].append(_until_end(row, ends))
    return answers


def _batches(lengths: Sequence[int], device: torch.device) -> Iterator[list[int]]:
    """Indexes of the answers that a device writes at once; the lengths are those of prompt and answer together, in tokens."""
    if device.type == "cpu":
        return bounded(lengths, _BATCH, _MOST_KEYS)
    return bounded(lengths, _ACCELERATOR_BATCH, _ACCELERATOR_KEYS)


class _Processor:
    """A rule as `model.generate` calls it: with the prompts (int64 [rows, width]) in front of the answers."""

    def __init__(self, rule: LogitsRule, numbers: Sequence[int], prompts: Tensor) -> None:
        self._rule, self._width = rule, prompts.shape[1]
        self._numbers = torch.tensor(numbers, device=prompts.device)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        return self._rule(self._numbers, input_ids[:, self._width :], scores)


def _left_padded(prompts: Sequence[Sequence[int]], device: Any) -> tuple[Tensor, Tensor]:
    """Token ids and attention mask; int64 [B, T] each."""
    width = max(map(len, prompts))
    ids = torch.tensor([[0] * (width - len(p)) + list(p) for p in prompts], device=device)
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=device)
    return ids, mask


def _generation_config(max_new_tokens: int, ends: frozenset[int], temperature: float | None) -> GenerationConfig:
    """Of greedy answers, or of draws from the whole distribution."""
    sampling: dict[str, Any] = {} if temperature is None else {"temperature": temperature, "top_k": 0}
    return GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=max_new_tokens,
        pad_token_id=min(ends, default=0),
        eos_token_id=sorted(ends) or None,
        do_sample=temperature is not None,
        **sampling,
    )


@contextmanager
def _configured(model: Any, settings: GenerationConfig) -> Iterator[None]:
    """The model has these settings meanwhile: `generate` takes what they leave open from the model's own, such as filters."""
    inner = causal_lm(model)
    own = inner.generation_config
    inner.generation_config = settings
    try:
        yield
    finally:
        inner.generation_config = own


def _until_end(ids: Sequence[int], ends: frozenset[int]) -> tuple[int, ...]:
    end = next((i for i, token_id in enumerate(ids) if token_id in ends), len(ids))
    return tuple(ids[:end])
