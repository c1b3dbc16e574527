"""English answers of the base model: what a distillation must leave as it was."""

from typing import Any

from distill.policy_model.answers import chat_ids, generate
from distill.policy_model.forward import adapter_off
from distill.policy_model.likelihood import Completion

__all__ = ["ENGLISH_PROMPTS", "english_answers"]

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
