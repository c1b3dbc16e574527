"""English answers of the base model: what a distillation must leave as it was."""

import math
from collections.abc import Sequence
from typing import Any

import torch

from distill.policy_model.answers import chat_ids, generate
from distill.policy_model.forward import adapter_off, evaluating
from distill.policy_model.likelihood import Completion, answer_logits, batches

__all__ = ["ENGLISH_PROMPTS", "english_answers", "english_change"]

ENGLISH_PROMPTS = (
    "Why is the sky blue?",
    "Name three uses of a paper clip.",
    "Explain what a prime number is.",
    "Write one sentence about the sea.",
    "How do I boil an egg?",
    "What does a compiler do?",
    "Who wrote Romeo and Juliet, and what is it about?",
    "Give me a tip for sleeping better.",
    "What is the difference between weather and climate?",
    "Write a short e-mail that declines an invitation.",
    "How many minutes are there in three hours?",
    "Write a Python function that reverses a string.",
)


def english_answers(model: Any, tokenizer: Any, max_new_tokens: int) -> list[Completion]:
    """Greedy answers of the base model; without those that are empty."""
    prompts = [chat_ids(tokenizer, prompt) for prompt in ENGLISH_PROMPTS]
    with adapter_off(model):
        answers = generate(model, prompts, max_new_tokens=max_new_tokens)
    return [Completion(p, a) for p, a in zip(prompts, answers, strict=True) if a]


@torch.no_grad()
def english_change(model: Any, completions: Sequence[Completion]) -> tuple[float, float]:
    """How far the model is from its base on given answers.

    Returns:
        KL(base || model) and the change of the answers' log-probability, means over tokens, nats; NaN without answers.
    """
    kl = change = 0.0
    tokens = sum(len(c.ids) for c in completions)
    if not tokens:
        return math.nan, math.nan
    with evaluating(model):
        for chosen in batches(completions):
            batch = [completions[i] for i in chosen]
            with adapter_off(model):
                base = list(answer_logits(model, batch))
            for (before, targets), (after, _) in zip(base, answer_logits(model, batch), strict=True):
                reference, now = before.log_softmax(dim=-1), after.log_softmax(dim=-1)
                kl += float((reference.exp() * (reference - now)).sum(dtype=torch.float64))
                change += float((now - reference).gather(1, targets[:, None]).sum(dtype=torch.float64))
    return kl / tokens, change / tokens
