"""Answers of a model with the guard off."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig

from distill.policy_model.forward import end_tokens

__all__ = ["chat_ids", "generate"]


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


@torch.no_grad()
def generate(
    model: Any,
    prompts: Sequence[Sequence[int]],
    *,
    max_new_tokens: int,
    temperature: float | None = None,
    seed: int = 0,
    batch_size: int = 16,
    **options: Any,
) -> list[tuple[int, ...]]:
    """Answers to prompts, without the end token; those of like length in one batch, padded on the left.

    Args:
        temperature: None is greedy.
        seed: of the draws; the global generator is left as it was.
        options: for `model.generate`.
    """
    ends = end_tokens(model)
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    answers: list[tuple[int, ...]] = [()] * len(prompts)
    settings = _generation_config(max_new_tokens, ends, temperature)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            ids, mask = _left_padded([prompts[i] for i in chosen], model.device)
            out = model.generate(input_ids=ids, attention_mask=mask, generation_config=settings, **options)
            for i, row in zip(chosen, out[:, ids.shape[1] :].tolist(), strict=True):
                answers[i] = _until_end(row, ends)
    return answers


def _left_padded(prompts: Sequence[Sequence[int]], device: Any) -> tuple[Tensor, Tensor]:
    """Token ids and attention mask; int64 [B, T] each."""
    width = max(map(len, prompts))
    ids = torch.tensor([[0] * (width - len(p)) + list(p) for p in prompts], device=device)
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=device)
    return ids, mask


def _generation_config(max_new_tokens: int, ends: frozenset[int], temperature: float | None) -> GenerationConfig:
    """A configuration of our own, with every setting named: what is not set would be taken from the model's."""
    return GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=max_new_tokens,
        pad_token_id=min(ends, default=0),
        eos_token_id=sorted(ends) or None,
        do_sample=temperature is not None,
        temperature=1.0 if temperature is None else temperature,
        top_k=50 if temperature is None else 0,
        top_p=1.0,
        repetition_penalty=1.0,
    )


def _until_end(ids: Sequence[int], ends: frozenset[int]) -> tuple[int, ...]:
    end = next((i for i, token_id in enumerate(ids) if token_id in ends), len(ids))
    return tuple(ids[:end])
